import numpy as np
import pytest
import videoaccelerator as va
from conftest import frame


def test_a_clip_of_frames(clips):
    model = va.Model.open(clips)
    classifier = va.Classifier(model)
    frames = [frame(number) for number in range(10)]
    predictions = classifier(frames)
    scores = classifier.scores(frames)
    assert [p.index for p in predictions] == list(np.argsort(-scores, kind="stable"))
    assert predictions[0].label == model.labels[predictions[0].index]
    assert abs(scores.sum() - 1) < 1e-5

    # The probabilities are those of the outputs.
    outputs = model.session().run_frames(frames)[0]
    exponentials = np.exp(outputs - outputs.max())
    assert np.allclose(scores, exponentials / exponentials.sum(), atol=1e-6) or np.allclose(scores, outputs)


def test_clips_of_frames_are_clips(clips):
    """Frames of the recipe's own size are only normalized."""
    model = va.Model.open(clips)
    recipe = model.recipe
    frames = [frame(n, recipe.short_side, recipe.short_side) for n in range(recipe.frame_count)]
    clip = (np.stack(frames).astype(np.float32) / 255 - recipe.mean) / recipe.standard_deviation
    edge = (recipe.short_side - recipe.crop_size) // 2
    clip = clip.transpose(3, 0, 1, 2)[None, ..., edge:edge + recipe.crop_size, edge:edge + recipe.crop_size]
    assert np.allclose(model(clip.astype(np.float32)), model.session().run_frames(frames), rtol=1e-2, atol=1e-2)


def test_frames_of_a_video(clips):
    """As many clips as fit, from the beginning on; a single one from the middle."""
    model = va.Model.open(clips)
    recipe = model.recipe
    clip = recipe.frame_count * recipe.sampling_rate / recipe.frames_per_second
    times = np.arange(round(3 * clip * 30)) / 30
    frames = model.sample_frames(times, len(times) / 30, tick=1 / 30)
    assert frames.shape == (3, recipe.frame_count) and frames[0, 0] == 0
    assert (np.diff(frames) > 0).all() and (np.diff(frames[:, 0]) > 0).all() and frames.max() < len(times)
    middle = model.sample_frames(times, len(times) / 30, tick=1 / 30, clips=1)
    assert abs(middle.mean() - len(times) / 2) < 2
    # Of fewer frames than a clip has, some are repeated.
    assert model.sample_frames([0.0], 0.04).tolist() == [[0] * recipe.frame_count]
    for wrong in [[], [1.0, 2.0], [0.0, 2.0, 1.0], [0.0, float("nan")], [[0.0]]]:
        with pytest.raises(va.BadArgument):
            model.sample_frames(wrong, 3)
    for options in [{"clips": 0}, {"clips": 1 << 40}, {"clips": 200_000}, {"tick": -1}, {"tick": float("nan")}]:
        with pytest.raises(va.BadArgument):
            model.sample_frames([0.0, 1.0], 2, **options)
    with pytest.raises(va.BadArgument):
        model.sample_frames([0.0, 1.0], 0.5)


def test_frames_in_other_memory(clips):
    classifier = va.Classifier(va.Model.open(clips))
    frames = [frame(number) for number in range(4)]
    expected = classifier.scores(frames)
    padded = [np.pad(f, ((0, 0), (0, 5), (0, 0)))[:, :64] for f in frames]
    rgba = [np.dstack([f, f[..., :1]]) for f in frames]
    for same in [padded, rgba, [np.asfortranarray(f) for f in frames], [f[::-1, ::-1][::-1, ::-1] for f in frames]]:
        assert np.array_equal(classifier.scores(same), expected)
    bgra = [f[..., [2, 1, 0, 3]] for f in rgba]
    assert np.array_equal(classifier.scores(bgra, format="bgra"), expected)


def test_luma_and_chroma(clips):
    classifier = va.Classifier(va.Model.open(clips))
    luma = frame(3)[..., 0].copy()
    chroma = np.full((24, 32, 2), 128, np.uint8)
    expected = classifier.scores([np.dstack([luma] * 3)])
    assert np.array_equal(classifier.scores([va.Planes([luma, chroma], "nv12", full_range=True)]), expected)
    planes = [luma, chroma[..., 0], chroma[..., 1]]
    assert np.array_equal(classifier.scores([va.Planes(planes, "i420", full_range=True)]), expected)


def test_wrong_frames_are_refused(clips):
    classifier = va.Classifier(va.Model.open(clips))
    luma = np.zeros((48, 64), np.uint8)
    for wrong in [
        luma, np.zeros((48, 64, 2), np.uint8), np.zeros((48, 64, 3)), np.zeros((0, 64, 3), np.uint8),
        va.Planes([luma], "nv12"), va.Planes([luma, luma[:3, :3, None]], "nv12"), va.Planes([], "nv12"),
        va.Planes([luma] * 4, "i420"), va.Planes([luma], "yuv"), va.Planes([luma, luma], "nv12", rotation=3),
    ]:
        with pytest.raises(va.BadArgument):
            classifier([wrong])
    with pytest.raises(va.BadArgument):
        classifier([])


@pytest.mark.parametrize("form", ["clips", "steps"])
def test_streams(form, request):
    model = va.Model.open(request.getfixturevalue(form))
    stream, other = va.Stream(model), va.Stream(model)
    info = stream.info
    assert info.method == {"clips": "windows", "steps": "continual"}[form] and stream.scores is None
    end = int((info.warm_up_frames + 4) * info.frame_interval * 30) + 30
    predictions = [stream.push(frame(n), n / 30) for n in range(end)]
    assert predictions[0] is None or form == "steps"
    last = [p for p in predictions if p][-1]
    assert last.label == model.labels[last.index] and stream.scores[last.index] == np.float32(last.score)
    assert stream.info.frames == end and stream.info.predictions == sum(p is not None for p in predictions)

    other.restore(stream.save())
    for n in range(end, end + 40):
        one, two = stream.push(frame(n), n / 30), other.push(frame(n), n / 30)
        assert (one is None) == (two is None) and (one is None or (one.label, one.score, one.timestamp) == (two.label, two.score, two.timestamp))
    stream.reset()
    assert stream.scores is None
    with pytest.raises(va.BadArgument):
        stream.push(frame(0), float("nan"))
    with pytest.raises(va.BadFile):
        stream.restore(b"nothing")


def test_options_of_streams(clips, steps):
    model = va.Model.open(clips)
    for options in [
        {"method": "guess"}, {"stride": 0}, {"window": float("nan")}, {"margin": 2}, {"longest_gap": 0},
        {"threads": 0x1_0000_0001}, {"method": "continual"},
    ]:
        with pytest.raises(va.BadArgument):
            va.Stream(model, **options)
    with pytest.raises(va.Unsupported):
        va.Stream(va.Model.open(steps), method="windows")
