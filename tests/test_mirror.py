"""Every module has a test file of its own, at the same path, or a reason why not."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Modules that are parts of one thing, which the file named tests as a whole.
ELSEWHERE = {
    'fifa_mm/albumentations.py': 'toolkits/test_albumentations.py',
    'fifa_mm/codecs/map_codec.py': 'codecs/test_gaussian_heatmap.py',
    'fifa_mm/datasets/rendered_folder.py': 'datasets/test_render_faces.py',
    'fifa_mm/rendering/camera.py': 'rendering/test_render.py',
    'fifa_mm/rendering/canvas.py': 'rendering/test_render.py',
    'fifa_mm/rendering/contour.py': 'rendering/test_landmarks.py',
    'fifa_mm/rendering/look.py': 'rendering/test_render.py',
    'fifa_mm/rendering/mesh.py': 'rendering/test_points.py',
    'fifa_mm/rendering/scene.py': 'rendering/test_render.py',
    'fifa_mm/rendering/texture.py': 'rendering/test_render.py',
    'fifa_mm/datasets/landmark_sets.py': 'datasets/test_render_faces.py',
    'fifa_mm/datasets/prepare/checks.py': 'datasets/prepare/test_convert.py',
    'fifa_mm/datasets/prepare/faces.py': 'datasets/prepare/test_convert.py',
    'fifa_mm/datasets/prepare/files.py': 'datasets/prepare/test_convert.py',
    'fifa_mm/datasets/prepare/source.py': 'datasets/prepare/test_convert.py',
    'fifa_mm/export/graph.py': 'export/test_export.py',
    'fifa_mm/export/onnx_file.py': 'export/test_export.py',
    'fifa_mm/export/precision.py': 'export/test_export.py',
    'fifa_mm/export/self_check.py': 'export/test_export.py',
    'fifa_mm/functional.py': 'toolkits/test_without_mmpose.py',
    'fifa_mm/markdown.py': 'test_summary.py',
    'fifa_mm/metrics/counting.py': 'metrics/test_landmark_metric.py',
    'fifa_mm/metrics/predictions.py': 'cli/test_evaluate.py',
    'fifa_mm/metrics/report.py': 'metrics/test_landmark_metric.py',
    'fifa_mm/models/backbones/vit_conversion.py': 'cli/test_convert.py',
    'fifa_mm/models/heads/map_predictions.py': 'models/heads/test_heatmap_coordinate_head.py',
    'fifa_mm/models/heads/mean_shape.py': 'cli/test_mean_shape.py',
    'fifa_mm/models/heads/relation.py': 'models/heads/test_slpt_head.py',
    'fifa_mm/models/view_feature.py': 'models/test_siamese.py',
    'fifa_mm/plots/result_files.py': 'cli/test_plot.py',
    'fifa_mm/predict/faces.py': 'predict/test_pipeline.py',
    'fifa_mm/predict/files.py': 'predict/test_pipeline.py',
    'fifa_mm/predict/given_boxes.py': 'predict/test_boxes.py',
    'fifa_mm/predict/inputs.py': 'predict/test_images.py',
    'fifa_mm/predict/landmarker.py': 'predict/test_pipeline.py',
    'fifa_mm/predict/output.py': 'predict/test_pipeline.py',
    'fifa_mm/predict/timing.py': 'predict/test_pipeline.py',
    'fifa_mm/reproduce/outputs.py': 'cli/test_reproduce.py',
    'fifa_mm/reproduce/profiles.py': 'reproduce/test_cell_config.py',
    'fifa_mm/reproduce/recipes.py': 'reproduce/test_cell_config.py',
    'fifa_mm/reproduce/results.py': 'reproduce/test_runs.py',
    'fifa_mm/torchscript.py': 'cli/test_convert.py',
    # What only a process of its own shows.
    'fifa_mm/hooks/all_weights_hook.py': 'cli/test_train.py',
    'fifa_mm/hooks/progress_hook.py': 'cli/test_train.py',
    'fifa_mm/script.py': 'cli/test_train.py',
    'fifa_mm_cli/doctor.py': 'test_doctor.py',
    'fifa_mm_cli/export.py': 'export/test_export.py',
    'fifa_mm_cli/mmpose_arguments.py': 'cli/test_cli.py',
    'fifa_mm_cli/plot_overlay.py': 'cli/test_compared.py',
    'fifa_mm_cli/plot_rendered.py': 'plots/test_rendered.py',
    'fifa_mm_cli/plot_saliency.py': 'cli/test_compared.py',
    'fifa_mm_cli/render_faces.py': 'datasets/test_render_faces.py',
    'fifa_mm_cli/summarize.py': 'test_summary.py',
    'fifa_mm_cli/test.py': 'cli/test_train.py',
}


def own_test(module):
    """Where the tests of a module are expected, below ``tests``."""
    package, *folders, name = module.split('/')
    folders = ['cli'] if package == 'fifa_mm_cli' else folders
    return '/'.join([*folders, f'test_{name}'])


def test_every_module_has_a_test_file():
    packages = ('fifa_mm', 'fifa_mm_cli')
    paths = [path for package in packages for path in (ROOT / package).rglob('*.py')]
    names = (path.relative_to(ROOT).as_posix() for path in paths if '__' not in path.stem)
    without = {name for name in names if not (ROOT / 'tests' / own_test(name)).exists()}
    assert without == set(ELSEWHERE), 'write a test file, or keep ELSEWHERE true'
    assert all((ROOT / 'tests' / test).exists() for test in ELSEWHERE.values())
