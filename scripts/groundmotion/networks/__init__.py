"""The networks: AlexNet, its sparsity-invariant variant, the compact and the multi-scale network.

Every network but the dense one takes an image (n, channels, 224, 224) and a mask (n, 1, 224, 224),
1 where there is data, and returns logits (n, classes): no deformation, deformation or its kinds.

``building`` makes any of them by its name · ``alexnet``, ``compact``, ``multiscale`` the networks ·
``dense`` the one that answers cell by cell · ``shape`` what the others have in common · ``stem``
AlexNet's first layers on whole maps · ``folding`` of batch normalisation · ``precision`` of
products · ``device`` they run on.
"""
