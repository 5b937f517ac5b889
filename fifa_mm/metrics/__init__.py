from fifa_mm.metrics.landmark_metric import FaceLandmarkMetric

__all__ = ['FaceLandmarkMetric']
