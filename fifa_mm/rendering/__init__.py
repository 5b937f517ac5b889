"""The face behind :class:`fifa_mm.SyntheticFaces`.

``model`` is the geometry, ``landmarks`` and ``contour`` the curves and points on it, ``look`` what
varies of its appearance, ``texture`` the colours of the face, ``scene`` what is around and before
it, ``camera`` what becomes of the picture and ``render`` the whole.
"""
