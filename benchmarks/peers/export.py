"""The ONNX file that fastembed and ONNX Runtime read: `python export.py FOLDER FILE`, where torch is installed."""

import sys
from pathlib import Path


def export(folder: Path, file: Path) -> None:
    import torch
    from transformers import AutoModel

    class LastHidden(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(folder, use_safetensors=True, attn_implementation="eager")

        def forward(self, input_ids, attention_mask, token_type_ids):
            # The mask as the layers add it: transformers' own way to it cannot be traced.
            mask = (1.0 - attention_mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
            return self.model(input_ids=input_ids, attention_mask=mask, token_type_ids=token_type_ids).last_hidden_state

    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in names)
    axes = {name: {0: "texts", 1: "tokens"} for name in [*names, "last_hidden_state"]}
    file.parent.mkdir(parents=True)
    with torch.no_grad():
        torch.onnx.export(
            LastHidden().eval(), example, str(file), input_names=names, output_names=["last_hidden_state"],
            dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
