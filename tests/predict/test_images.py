import io

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from fifa_mm.predict.images import UnreadableError, check_image, read_image

PHOTO = data.astronaut()[:200, 100:300]  # RGB
ORIENTATION = 0x0112
# What a camera that was held so stores of an upright picture, by EXIF orientation.
STORED = {
    1: PHOTO,
    2: PHOTO[:, ::-1],
    3: PHOTO[::-1, ::-1],
    4: PHOTO[::-1],
    5: PHOTO.swapaxes(0, 1),
    6: np.rot90(PHOTO, 1),
    7: np.rot90(PHOTO[:, ::-1], -1),
    8: np.rot90(PHOTO, -1),
}


def save(path, pixels, format, **options):
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format, **options)
    path.write_bytes(buffer.getvalue())
    return path


@pytest.mark.parametrize('orientation', STORED)
def test_exif_is_turned_upright(tmp_path, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = save(tmp_path / 'a.jpg', STORED[orientation], 'JPEG', exif=exif, quality=98)
    difference = np.abs(read_image(path)[..., ::-1].astype(int) - PHOTO)
    assert difference.mean() < 2


@pytest.mark.parametrize('format', ['JPEG', 'PNG', 'BMP', 'TIFF', 'WEBP'])
@pytest.mark.parametrize('share', [0.01, 0.5, 0.98])
def test_truncated(tmp_path, format, share):
    path = save(tmp_path / f'a.{format}', PHOTO, format)
    assert read_image(path).shape == PHOTO.shape
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UnreadableError, match='truncated'):
        read_image(path)


@pytest.mark.parametrize('channels', [1, 3, 4])
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
def test_grey_alpha_and_16_bit(tmp_path, channels, dtype):
    pixels = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 7, np.uint8)])[..., :channels]
    if channels == 4:
        pixels = pixels[..., [2, 1, 0, 3]]
    wide = pixels.astype(dtype) * (257 if dtype == np.uint16 else 1)
    cv2.imwrite(str(tmp_path / 'a.png'), wide)
    image = read_image(tmp_path / 'a.png')
    assert image.dtype == np.uint8
    expected = pixels[..., :3] if channels > 1 else np.repeat(pixels, 3, 2)
    np.testing.assert_array_equal(image, expected)


def test_one_pixel(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.full((1, 1, 3), 9, np.uint8))
    assert read_image(tmp_path / 'a.png').tolist() == [[[9, 9, 9]]]


def test_what_is_no_picture(tmp_path, capfd):
    (tmp_path / 'text.jpg').write_text('no picture')
    (tmp_path / 'empty.jpg').touch()
    for name, message in [
        ('text.jpg', 'text.jpg is no picture'),
        ('empty.jpg', 'empty.jpg is empty'),
        ('none.jpg', 'none.jpg cannot be read: No such file'),
        ('', 'cannot be read: Is a directory'),
    ]:
        with pytest.raises(UnreadableError, match=message):
            read_image(tmp_path / name)
    assert capfd.readouterr().err == ''


@pytest.mark.parametrize(
    'image', [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8), 'a']
)
def test_arrays_that_are_no_images(image):
    with pytest.raises(ValueError, match='an image must be'):
        check_image(image)
