"""The augmentation itself: schedule, painting and the shared epoch. NumPy alone."""
