import numpy as np
import pytest
import videoaccelerator as va

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv3d(3, 8, 3, stride=2, padding=1)
        self.last = torch.nn.Linear(8, 4)

    def forward(self, clip):
        return self.last(torch.relu(self.first(clip)).mean((2, 3, 4)))


def test_a_module_becomes_a_model(tmp_path):
    torch.manual_seed(1)
    module, clip = Small().eval(), torch.randn(1, 3, 4, 16, 16)
    model = va.Model.open(va.export(module, clip, tmp_path / "small.accel"))
    assert np.allclose(model(clip.numpy()), module(clip).detach().numpy(), atol=1e-5)


def test_what_cannot_be_exported(tmp_path):
    module, clip = Small(), torch.randn(1, 3, 4, 16, 16)
    with pytest.raises(va.BadArgument, match="training"):
        va.export(module.train(), clip, tmp_path / "small.accel")
    with pytest.raises(va.BadArgument, match="ACCELERATOR"):
        va.export(module.eval(), clip, tmp_path / "small.accel", command="/nowhere/accelerator")
    with pytest.raises(va.Error, match="(?i)recipe|preprocess|nowhere"):
        va.export(module, clip, tmp_path / "small.accel", recipe="/nowhere/preprocessor_config.json")
