"""What all networks have in common."""

#: Side of the window that every network takes, pixels (paper §II-A).
WINDOW_PX = 224

#: Step between neighbouring windows of a compact network's sliding pass, pixels (paper §II-A).
SLIDE_PX = 28

#: No deformation, deformation; more where kinds of deformation are told apart.
CLASSES = 2
