"""Triangles over a face, which carry points of a user's own.

The vertices move with identity and expression: 0 to 97 are WFLW's landmarks, of which 0 to 32, the
contour, keep to the jaw line however the head is turned, and 98 to 106 lie on the forehead, from
the left to the right temple. The triangles are those of Delaunay on the plain face, without the
opening of the mouth. V: number of vertices, T: number of triangles.
"""

import numpy as np

from fifa_mm.rendering.contour import jaw_angles
from fifa_mm.rendering.landmarks import INNER_LANDMARKS
from fifa_mm.rendering.model import Surface

FOREHEAD = (
    (-0.72, -0.2), (-0.62, -0.48), (-0.42, -0.62), (-0.21, -0.68), (0, -0.7),
    (0.21, -0.68), (0.42, -0.62), (0.62, -0.48), (0.72, -0.2),
)  # fmt: skip


def vertices(surface: Surface) -> np.ndarray:
    """(V, 2) frontal coordinates."""
    face = surface.face
    x, y, _ = surface.outline(jaw_angles(surface, 33)[None], 0.0)
    forehead = np.array(FOREHEAD) * [face.width / 0.8, 1]
    return np.concatenate([np.stack([x[0], y[0]], -1), INNER_LANDMARKS[98](face), forehead])


ROWS = """
0 33 60  0 60 1  0 98 33  1 60 2  2 60 67  2 67 3  3 67 4  4 55 5  4 67 55  5 55 6  6 55 76
6 76 7  7 76 8  8 76 9  9 76 10  10 76 87  10 87 11  11 87 12  12 87 13  13 86 14  13 87 86
14 86 15  15 85 16  15 86 85  16 85 17  17 84 18  17 85 84  18 84 19  19 83 20  19 84 83
20 83 21  21 83 22  22 82 23  22 83 82  23 82 24  24 82 25  25 82 26  26 59 27  26 82 59
27 59 28  28 59 73  28 73 29  29 73 30  30 72 31  30 73 72  31 72 32  32 46 106  32 72 46
33 34 41  33 41 60  33 98 34  34 35 41  34 98 99  34 99 35  35 36 40  35 40 41  35 99 100
35 100 36  36 37 39  36 39 40  36 100 101  36 101 37  37 38 39  37 42 51  37 51 38
37 101 102  37 102 42  38 51 64  38 63 39  38 64 63  39 62 40  39 63 62  40 61 41  40 62 61
41 61 60  42 43 49  42 49 50  42 50 51  42 102 103  42 103 43  43 44 48  43 48 49
43 103 104  43 104 44  44 45 47  44 47 48  44 104 105  44 105 45  45 46 47  45 105 106
45 106 46  46 72 47  47 71 48  47 72 71  48 70 49  48 71 70  49 69 50  49 70 69  50 68 51
50 69 68  51 52 64  51 68 52  52 53 64  52 68 53  53 54 55  53 55 65  53 59 54  53 65 64
53 68 75  53 75 59  54 56 55  54 57 56  54 58 57  54 59 58  55 56 78  55 66 65  55 67 66
55 77 76  55 78 77  56 57 78  57 58 80  57 79 78  57 80 79  58 59 80  59 74 73  59 75 74
59 81 80  59 82 81  60 61 67  61 62 96  61 96 67  62 63 96  63 64 65  63 65 96  65 66 96
66 67 96  68 69 75  69 70 97  69 97 75  70 71 97  71 72 73  71 73 97  73 74 97  74 75 97
76 77 88  76 88 87  77 78 89  77 87 88  77 89 95  77 95 87  78 79 89  79 80 91  79 90 89
79 91 90  80 81 91  81 82 92  81 83 93  81 92 83  81 93 91  82 83 92  83 84 93  84 85 94
84 94 93  85 86 94  86 87 95  86 95 94
"""
TRIANGLES = np.array(ROWS.split(), int).reshape(-1, 3)  # (T, 3) numbers of vertices
