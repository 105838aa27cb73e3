"""Which example of a data set to show."""

import pandas as pd


def clear_example(examples: pd.DataFrame, side_m: float) -> pd.Series:
    """Return the row of the example with the clearest deformation among hard enough ones.

    Parameters
    ----------
    examples
        With columns ``label, density, nugget, d_prime, centre_east_m, centre_north_m`` (of the
        source, from the window's upper left corner).
    side_m
        Of the window.

    Returns
    -------
    The highest d′ of those whose source is in the middle half of the window, and which are of the
    sparser and the noisier half; a condition that nothing meets is dropped.
    """
    table = examples[examples.label == 1]
    conditions = [
        *(
            (table[f"centre_{way}_m"].abs() / side_m - 0.5).abs() < 0.25
            for way in ("east", "north")
        ),
        table.density <= table.density.median(),
        table.nugget >= table.nugget.median(),
    ]
    for condition in conditions:
        rest = table[condition.loc[table.index]]
        table = rest if len(rest) else table
    return table.iloc[int(table.d_prime.argmax())]
