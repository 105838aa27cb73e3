import numpy as np
import pytest
import torch

from groundmotion.errors import InputError
from groundmotion.patches.wrapping import (
    ImageSettings,
    WrapSet,
    distinct_wraps,
    network_image,
    to_grey,
    wrap,
)

INTERVALS, OFFSETS = (14.0, 7.0, 3.5, 1.75), (0.0, 3.5, 7.0, 10.5)
KINDS = ("wrapped", "wrapped_sincos", "unwrapped")


@pytest.fixture
def velocity() -> np.ndarray:
    values = np.random.default_rng(1).normal(0, 6, (3, 20, 30)).astype(np.float32)
    values[0, :5] = np.nan
    return values


@pytest.mark.parametrize("interval", INTERVALS)
def test_phase_agrees_with_the_angle_of_a_complex_number(velocity, interval):
    expected = np.angle(np.exp(2j * np.pi * (velocity.astype(float) + 3.5) / interval))
    difference = wrap(velocity.astype(float), interval, 3.5) - expected
    difference = np.abs(np.angle(np.exp(1j * difference)))
    assert np.nanmax(difference) < 1e-9
    assert np.array_equal(np.isnan(difference), np.isnan(velocity))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_phase_stays_below_pi_and_includes_minus_pi(dtype):
    near = [np.nextafter(dtype(v), dtype(w)) for v, w in ((7, 0), (-7, -8), (-7, 0))]
    edge = np.array([7.0, -7.0, 21.0, *near], dtype)
    phase = wrap(edge, 14.0, 0.0)
    assert phase.dtype == dtype
    assert np.all((phase >= -np.pi - 1e-6) & (phase < np.pi))
    assert phase[:3] == pytest.approx(-np.pi)


def test_whole_intervals_do_not_matter(velocity):
    shifted = wrap(velocity.astype(float) + 14.0, 14.0, 0.0)
    assert np.allclose(shifted, wrap(velocity.astype(float), 14.0, 0.0), equal_nan=True)


def test_fixed_offsets_give_eight_images_of_sixteen():
    wraps = distinct_wraps(INTERVALS, OFFSETS, "fixed")
    assert wraps == (
        WrapSet(14.0, (0.0, 3.5, 7.0, 10.5)),
        WrapSet(7.0, (0.0, 3.5)),
        WrapSet(3.5, (0.0,)),
        WrapSet(1.75, (0.0,)),
    )


def test_distinct_images_are_all_there_are(velocity):
    for chosen in distinct_wraps(INTERVALS, OFFSETS, "fixed"):
        mu = chosen.interval_mm_yr
        kept = [wrap(velocity, mu, tau) for tau in chosen.offsets_mm_yr]
        for offset in OFFSETS:
            image = np.exp(1j * wrap(velocity, mu, offset))
            assert any(np.nanmax(np.abs(image - np.exp(1j * k))) < 1e-4 for k in kept)


def test_fractional_offsets_are_quarters_of_each_interval():
    wraps = distinct_wraps(INTERVALS, OFFSETS, "fractional")
    assert sum(len(w.offsets_mm_yr) for w in wraps) == 16
    for w in wraps:
        assert w.offsets_mm_yr == pytest.approx(np.array([0, 0.25, 0.5, 0.75]) * w.interval_mm_yr)


def test_offsets_equal_up_to_rounding_are_one():
    assert distinct_wraps((0.3,), (0.0, 0.1 + 0.2), "fixed")[0].offsets_mm_yr == (0.0,)


@pytest.mark.parametrize(
    ("intervals", "offsets", "mode", "word"),
    [
        (INTERVALS, OFFSETS, "random", "fractional"),
        ((14.0, 0.0), OFFSETS, "fixed", "positive"),
        ((), OFFSETS, "fixed", "at least one"),
    ],
)
def test_bad_wraps_are_refused(intervals, offsets, mode, word):
    with pytest.raises(InputError, match=word):
        distinct_wraps(intervals, offsets, mode)


def test_grey_is_a_fixed_line_from_0_to_255():
    assert to_grey(np.array([-np.pi, 0, np.pi / 2])) == pytest.approx([0, 127.5, 191.25])
    small = to_grey(np.array([0.0, 0.1]))
    assert small[1] - small[0] == pytest.approx(25.5 / (2 * np.pi))  # no stretching to the range
    assert to_grey(np.array([np.nan]))[0] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_and_torch_make_the_same_images(velocity, kind):
    settings = ImageSettings(kind, 5.0)
    interval = np.array([14.0, 7.0, 1.75], np.float32)[:, None, None]
    ours = network_image(velocity, settings, interval, 3.5, centred=True)
    tensors = network_image(
        torch.from_numpy(velocity), settings, torch.from_numpy(interval), 3.5, centred=True
    )
    for one, other in zip(ours, tensors, strict=True):
        assert one.dtype == np.float32
        assert np.allclose(one, other.numpy(), atol=2e-5)
    assert ours[0].shape == (3, settings.channels, 20, 30)
    assert np.array_equal(ours[1][:, 0] == 1, np.isfinite(velocity))


def test_images_hold_what_they_say(velocity):
    valid = np.isfinite(velocity)
    phase = wrap(velocity, 7.0, 3.5)
    grey, _ = network_image(velocity, ImageSettings("wrapped", 5.0), 7.0, 3.5, centred=True)
    assert np.allclose(grey[:, 0], np.where(valid, phase / np.pi, -1.0), atol=1e-5)
    pair, _ = network_image(velocity, ImageSettings("wrapped_sincos", 5.0), 7.0, 3.5, centred=True)
    assert np.allclose(np.arctan2(pair[:, 0], pair[:, 1])[valid], phase[valid], atol=1e-5)
    assert np.all(pair[:, :, :5][0] == 0)
    plain, _ = network_image(velocity, ImageSettings("unwrapped", 5.0), 7.0, 0.0, centred=False)
    assert np.allclose(plain[:, 0][valid] * 5, velocity[valid], atol=1e-5)


def test_unwrapped_images_forget_the_reference(velocity):
    settings = ImageSettings("unwrapped", 5.0)
    one, _ = network_image(velocity, settings, 1.0, 0.0, centred=True)
    other, _ = network_image(velocity + 8.0, settings, 1.0, 0.0, centred=True)
    assert np.allclose(one, other, atol=1e-5)
    assert abs(np.median(one[2])) < 0.05


def test_a_window_without_data_gives_zeros():
    empty = np.full((1, 4, 4), np.nan, np.float32)
    image, mask = network_image(empty, ImageSettings("unwrapped", 5.0), 1.0, 0.0, centred=True)
    assert not image.any()
    assert not mask.any()


def test_unknown_kind_and_scale_are_refused():
    with pytest.raises(InputError, match="wrapped_sincos"):
        ImageSettings("grey", 5.0)
    with pytest.raises(InputError, match="positive"):
        ImageSettings("wrapped", 0.0)


# --- images of two maps -----------------------------------------------------------------------


def test_two_looks_are_two_channels_with_a_mask_each():
    rng = np.random.default_rng(3)
    looks = rng.normal(0, 3, (2, 2, 6, 6)).astype(np.float32)
    looks[0, 0, 1, 1] = looks[1, 1, 2, 3] = np.nan
    both = ImageSettings("unwrapped_looks", 5.0)
    assert (both.channels, both.maps, both.masks, both.is_wrapped) == (2, 2, 2, False)
    image, mask = network_image(looks, both, 1.0, 0.0, centred=True)
    for number in (0, 1):
        alone = network_image(
            looks[:, number], ImageSettings("unwrapped", 5.0), 1.0, 0.0, centred=True
        )
        assert np.array_equal(image[:, [number]], alone[0])
        assert np.array_equal(mask[:, [number]], alone[1])


def test_the_standard_deviation_is_a_channel_without_sign_and_is_not_centred():
    rng = np.random.default_rng(4)
    maps = rng.normal(0, 3, (2, 2, 6, 6)).astype(np.float32)
    maps[:, 1] = np.abs(maps[:, 1])
    maps[0, :, 1, 1] = maps[0, 0, 2, 2] = np.nan
    settings = ImageSettings("unwrapped_std", 5.0)
    assert (settings.channels, settings.maps, settings.masks) == (2, 2, 1)
    image, mask = network_image(maps, settings, 1.0, 0.0, centred=True)
    assert mask.shape == (2, 1, 6, 6)
    assert np.allclose(image[1, 1], maps[1, 1] / 5.0)
    assert image[0, 1, 1, 1] == image[0, 1, 2, 2] == 0
    flipped = network_image(-maps, settings, 1.0, 0.0, centred=False)[0]
    assert np.allclose(flipped[:, 1], image[:, 1])


@pytest.mark.parametrize(
    ("kind", "shape"), [("unwrapped", (1, 2, 4, 4)), ("unwrapped_std", (1, 4, 4))]
)
def test_more_or_fewer_maps_than_the_kind_takes_are_refused(kind, shape):
    with pytest.raises(InputError, match="map"):
        network_image(np.zeros(shape, np.float32), ImageSettings(kind, 5.0), 1.0, 0.0, centred=True)
