import threading

import numpy as np
import pytest
import videoaccelerator as va
from conftest import by_command


@pytest.fixture
def clip(clips):
    return np.random.default_rng(1).normal(size=va.Model.open(clips).session().inputs[0].shape).astype(np.float32)


def test_results_are_the_commands_bytes(clips, clip, tmp_path):
    expected = by_command(clips, clip, tmp_path)
    model = va.Model.open(clips)
    assert model(clip).tobytes() == expected.tobytes()
    assert model(clip, threads=2).shape == expected.shape
    assert va.Model.open(clips.read_bytes())(clip).tobytes() == expected.tobytes()
    assert va.Model.open(str(clips)).session()(clip).tobytes() == expected.tobytes()


def test_descriptions(clips):
    model = va.Model.open(clips)
    assert model.precision == "fp16" and not model.has_states and model.receptive_field == 0
    assert model.inputs[0].shape[0] is None and model.inputs[0].is_clip and model.inputs[0].dtype == "float32"
    assert len(model.labels) == model.outputs[0].shape[1] and all(model.labels)
    assert model.recipe.crop_size <= model.recipe.short_side and len(model.recipe.mean) == 3
    assert model.name in repr(model)


def test_arrays_need_not_be_contiguous(clips, clip):
    model = va.Model.open(clips)
    expected = model(clip)
    assert np.array_equal(model(np.asfortranarray(clip)), expected)
    assert np.array_equal(model(clip.tolist()), expected)
    assert np.array_equal(model(clip.astype(np.float64)), expected)
    assert np.array_equal(model(np.concatenate([clip, clip]))[1], expected[0])


def test_wrong_arrays_are_refused(clips, clip):
    model = va.Model.open(clips)
    for wrong in [clip[0], clip[:, :2], np.zeros((1, 3, 0, 8, 8), np.float32), clip + 1j]:
        with pytest.raises(va.Error):
            model(wrong)
    with pytest.raises(va.BadArgument):
        model()
    with pytest.raises(va.BadArgument):
        model.session(threads=0x1_0000_0001)
    with pytest.raises(va.BadArgument):
        model.session(precision="fp64")
    with pytest.raises(va.Unsupported):
        model.session(precision="int8")
    with pytest.raises(va.BadArgument):
        model.session([[1, 3, 4, 1 << 40, 1 << 40]])


def test_files_that_are_no_models(tmp_path):
    with pytest.raises(va.BadFile, match="nowhere"):
        va.Model.open(tmp_path / "nowhere.accel")
    with pytest.raises(va.BadFile):
        va.Model.open(b"no model")


def test_what_was_closed_is_noticed(clips, clip):
    model = va.Model.open(clips)
    with model.session() as session:
        expected = session(clip)
    model.close()
    model.close()
    with pytest.raises(va.BadArgument):
        session(clip)
    with pytest.raises(va.BadArgument):
        model.session()
    assert expected.shape[0] == 1


def test_threads_share_a_model_and_not_a_session(clips, clip):
    model = va.Model.open(clips)
    expected, session = model(clip), model.session()
    results, busy = [], []

    def run():
        for _ in range(20):
            results.append(np.array_equal(model(clip), expected))
            try:
                results.append(np.array_equal(session(clip), expected))
            except va.Busy as error:
                busy.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results) and len(results) + len(busy) == 160


def test_states_are_saved_and_restored(steps, tmp_path):
    model = va.Model.open(steps)
    assert model.has_states and model.receptive_field > 1
    session = model.session()
    frame = np.random.default_rng(2).normal(size=session.inputs[0].shape).astype(np.float32)
    first = session(frame)
    states = session.save()
    second = session(frame)
    assert not np.array_equal(first, second)
    session.restore(states)
    assert np.array_equal(session(frame), second)
    session.reset()
    assert np.array_equal(session(frame), first)
    assert np.array_equal(model(frame), first) and np.array_equal(model(frame), first)
    with pytest.raises(va.BadFile):
        session.restore(states[:-1])


def test_profile(clips):
    profile = va.Model.open(clips).session().profile(runs=2)
    assert profile["runs"] == 2 and profile["steps"] and profile["median_ms"] > 0
    assert sum(step["multiply_adds"] for step in profile["steps"]) > 0
