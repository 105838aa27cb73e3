"""Delaunay triangulation of pixels, in integers: exact whatever lies on one line or circle.

Points on a grid are the worst case of general libraries: four corners of a square are on one
circle, rows are on one line, and floating-point tests must be repaired or perturbed. With integer
coordinates both tests are exact in 64 bits. Points are added in the order of their distance from
the one in the middle, so that each lies outside of the hull of those before; it is joined to the
edges that it sees, and edges are flipped until no circle holds a point.

Triangle ``t`` has the corners ``corners[3t … 3t+2]``, anticlockwise in (row, col); half-edge ``e``
goes from its corner to the next of its triangle, and ``twin[e]`` is the same edge seen from the
other side, or −1 on the hull.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Indices = NDArray[np.int32]

#: Coordinates below this cannot overflow 64 bits in the test of a circle.
LARGEST_PX = 20_000


def triangulate(row: NDArray[np.int64], col: NDArray[np.int64]) -> Indices:
    """Delaunay triangles of distinct pixels.

    Parameters
    ----------
    row, col
        (n,) integers, below `LARGEST_PX` in size; no pixel twice.

    Returns
    -------
    (triangles, 3) indices into the points, anticlockwise in (row, col); none where fewer than
    three points, or all on one line. Where four or more points lie on an empty circle, any of
    their triangulations is a Delaunay one; which comes out depends on the points alone.
    """
    if row.size < 3:
        return np.empty((0, 3), np.int32)
    off = (2 * row - row.min() - row.max()) ** 2 + (2 * col - col.min() - col.max()) ** 2
    middle = int(np.argmin(off))
    order = np.argsort((row - row[middle]) ** 2 + (col - col[middle]) ** 2, kind="stable")
    down, across = row[order] - row[middle], col[order] - col[middle]
    off_line = down * across[1] != across * down[1]
    third = int(np.argmax(off_line))
    if not off_line[third]:
        return np.empty((0, 3), np.int32)
    # the first that is off the line of the first two comes third
    order[2 : third + 1] = np.roll(order[2 : third + 1], 1)
    corners = _sweep(row[order].astype(np.int32), col[order].astype(np.int32))
    return order.astype(np.int32)[corners].reshape(-1, 3)


@njit(cache=True, nogil=True, inline="always")
def _side(row: Indices, col: Indices, a: int, b: int, p: int) -> int:
    """Positive where p lies to the left of a → b, twice the area of the triangle."""
    return (row[b] - row[a]) * (col[p] - col[a]) - (col[b] - col[a]) * (row[p] - row[a])


@njit(cache=True, nogil=True, inline="always")
def _in_circle(row: Indices, col: Indices, a: int, b: int, c: int, p: int) -> bool:
    """Tell whether p lies inside of the circle through a, b, c (anticlockwise)."""
    ar, ac = row[a] - row[p], col[a] - col[p]
    br, bc = row[b] - row[p], col[b] - col[p]
    cr, cc = row[c] - row[p], col[c] - col[p]
    return (
        (ar * ar + ac * ac) * (br * cc - bc * cr)
        - (br * br + bc * bc) * (ar * cc - ac * cr)
        + (cr * cr + cc * cc) * (ar * bc - ac * br)
    ) > 0


@njit(cache=True, nogil=True, inline="always")
def _slot(row: int, col: int, slots: int) -> int:
    """Direction of (row, col) from the origin as one of ``slots``, monotone in the angle."""
    size = abs(row) + abs(col)
    along = row / size if size > 0 else 0.0
    turn = (3 - along) / 4 if col > 0 else (1 + along) / 4
    return int(turn * slots) % slots


@njit(cache=True, nogil=True)
def _flip(
    points: tuple[Indices, Indices],
    corners: Indices,
    twin: Indices,
    hull_edge: Indices,
    stack: Indices,
    edge: int,
) -> None:
    """Flip ``edge``, and those that it uncovers, until all are Delaunay again."""
    row, col = points
    depth = 0
    while True:
        other = twin[edge]
        if other >= 0:
            base, base_other = edge - edge % 3, other - other % 3
            last, last_other = base + (edge + 2) % 3, base_other + (other + 2) % 3
            apex, far = corners[last], corners[last_other]
            after = corners[base + (edge + 1) % 3]
            if _in_circle(row, col, apex, corners[edge], after, far):
                corners[edge], corners[other] = far, apex
                _link(twin, hull_edge, edge, twin[last_other], far)
                _link(twin, hull_edge, other, twin[last], apex)
                twin[last], twin[last_other] = last_other, last
                stack[depth] = base_other + (other + 1) % 3
                depth += 1
                continue
        if depth == 0:
            return
        depth -= 1
        edge = stack[depth]


@njit(cache=True, nogil=True, inline="always")
def _link(twin: Indices, hull_edge: Indices, edge: int, other: int, start: int) -> None:
    """Join two half-edges; where there is no other, the edge is the hull's from ``start``."""
    twin[edge] = other
    if other >= 0:
        twin[other] = edge
    else:
        hull_edge[start] = edge


@njit(cache=True, nogil=True)
def _visible_edge(
    points: tuple[Indices, Indices], after: Indices, before: Indices, slots: Indices, p: int
) -> tuple[int, int]:
    """Return the vertex where the search began, and that whose hull edge p sees."""
    row, col = points
    slot = _slot(row[p] - row[0], col[p] - col[0], slots.size)
    start = slots[slot]
    while start < 0 or after[start] == start:  # empty, or no longer on the hull
        slot = (slot + 1) % slots.size
        start = slots[slot]
    start = before[start]
    vertex = start
    while _side(row, col, vertex, after[vertex], p) >= 0:
        vertex = after[vertex]
    return start, vertex


@njit(cache=True, nogil=True)
def _sweep(row: Indices, col: Indices) -> Indices:
    """Triangulate points sorted by their distance from the first; three first off one line."""
    n = row.size
    points = (row, col)
    corners, twin = np.empty(6 * n, np.int32), np.full(6 * n, -1, np.int32)
    stack, hull_edge = np.empty(6 * n, np.int32), np.empty(n, np.int32)
    # neighbours along the hull, anticlockwise
    after, before = np.arange(n).astype(np.int32), np.arange(n).astype(np.int32)
    slots = np.full(int(np.sqrt(n)) + 1, -1, np.int32)
    seed = (0, 1, 2) if _side(row, col, 0, 1, 2) > 0 else (0, 2, 1)
    for k in range(3):
        vertex, following = seed[k], seed[(k + 1) % 3]
        corners[k], hull_edge[vertex] = vertex, k
        after[vertex], before[following] = following, vertex
        slots[_slot(row[vertex] - row[0], col[vertex] - col[0], slots.size)] = vertex
    t = 3
    for p in range(3, n):
        start, first = _visible_edge(points, after, before, slots, p)
        # the first triangle, then on along the hull, then back
        last = after[first]
        corners[t], corners[t + 1], corners[t + 2] = first, p, last
        _link(twin, hull_edge, t + 2, hull_edge[first], last)
        hull_edge[first], hull_edge[p] = t, t + 1
        _flip(points, corners, twin, hull_edge, stack, t + 2)
        t += 3
        while _side(row, col, last, after[last], p) < 0:
            following = after[last]
            corners[t], corners[t + 1], corners[t + 2] = last, p, following
            _link(twin, hull_edge, t, hull_edge[p], last)
            _link(twin, hull_edge, t + 2, hull_edge[last], following)
            hull_edge[p] = t + 1
            _flip(points, corners, twin, hull_edge, stack, t + 2)
            t += 3
            after[last] = last
            last = following
        while first == start and _side(row, col, before[first], first, p) < 0:
            previous = before[first]
            corners[t], corners[t + 1], corners[t + 2] = previous, p, first
            _link(twin, hull_edge, t + 1, hull_edge[first], p)
            _link(twin, hull_edge, t + 2, hull_edge[previous], first)
            hull_edge[previous] = t
            _flip(points, corners, twin, hull_edge, stack, t + 2)
            t += 3
            after[first] = first
            first = start = previous
        after[first], before[p], after[p], before[last] = p, first, last, p
        slots[_slot(row[first] - row[0], col[first] - col[0], slots.size)] = first
        slots[_slot(row[p] - row[0], col[p] - col[0], slots.size)] = p
    return corners[:t]
