"""Writes the fixtures beside this script: python make_fixtures.py (torch 2.13, numpy 2.4, safetensors 0.8 wrote those committed).

Element (r, c) of every matrix named rows is (5 r + c) / 4 - 3, exact in each type. 12 rows: 3 problems x 2 positions (0, 3)
x 2 layers (1, 2).
"""
import collections
import pathlib

import numpy as np
import safetensors.torch
import torch

here = pathlib.Path(__file__).parent
rows = (torch.arange(60, dtype=torch.float64) / 4 - 3).reshape(12, 5)
layers = [1, 2] * 6
positions = [0, 0, 3, 3] * 3
ids = [f"p{p}" for p in range(3) for _ in range(4)]
steps = [["1+1=2"], [], ["3*4=12", "é=½"]]
cots = [steps[p] for p in range(3) for _ in range(4)]
metadata = dict(problem_ids=ids, layers=layers, positions=positions, cot_sequences=cots)


def save(name, activations, **metadata):
    torch.save(dict(activations=activations, metadata=metadata, config=dict(hidden_size=5)), here / name)


save("float16.pt", rows.half(), **metadata)
save("bfloat16.pt", rows.bfloat16(), **metadata)
save("float32.pt", rows.float(), **metadata)
save("float64.pt", rows, **metadata)
save("transposed.pt", rows.float().t().contiguous().t(), **metadata)
wide = torch.full((15, 12), float("nan"))
wide[2:14, 1:11:2] = rows.float()
save("sliced.pt", wide[2:14, 1:11:2], **metadata)
save("numpy.pt", np.asfortranarray(rows.numpy()), problem_ids=[np.str_(i) for i in ids], layers=np.array(layers),
     positions=torch.tensor(positions), cot_sequences=cots)
save("scalars.pt", rows.float(), problem_ids=np.array(ids), layers=[np.int64(i) for i in layers],
     positions=[np.int32(i) for i in positions], cot_sequences=tuple(cots))
torch.save(dict(activations=rows.float(), metadata=metadata), here / "protocol4.pt", pickle_protocol=4)
torch.save(dict(activations=rows.float(), metadata=metadata), here / "legacy.pt", _use_new_zipfile_serialization=False)

base = rows.float()
twin = np.arange(3)
torch.save(dict(
    whole=base, tail=base[2:], column=base[:, 1], transposed=base.t(), repeated=base[0, :1].expand(4), scalar=base[1, 2],
    empty=base[:0], parameter=torch.nn.Parameter(base[0]), i32=torch.arange(3, dtype=torch.int32), i64=torch.tensor([2**40]),
    numbers=[1, -1, 255, 65536, 2**31, 2**70, 1.5, True, False, None], text="é½", data=b"\x00\xff", nothing=b"",
    tuple=("a", ("b",), ()), numpy=[np.float32(1.5), np.float64(0.1), np.int64(2**60), np.int32(-3), np.bool_(True), np.str_("s")],
    arrays=[twin, twin, np.array([[1.5, 2.5], [3.5, 4.5]], dtype=np.float32, order="F"), np.zeros((0, 3)),
            np.array(["a", "bc"]), np.array([["x"], ["y", "z"]], dtype=object)],
    ordered=collections.OrderedDict(b=1, a=2),
), here / "everything.pt")

linear = torch.nn.Linear(3, 2)
with torch.no_grad():
    linear.weight.copy_(torch.tensor([[1.0, 2, 3], [4, 5, 6]]))
    linear.bias.copy_(torch.tensor([7.0, 8]))
torch.save(dict(model_state_dict=linear.state_dict(), config=dict(k=2, name="x"), history=dict(loss=[0.5, 0.25])),
           here / "checkpoint.pt")

np.save(here / "float16.npy", rows.numpy().astype("<f2"))
np.save(here / "float32.npy", rows.numpy().astype("<f4"))
np.save(here / "float64_fortran.npy", np.asfortranarray(rows.numpy()))
np.save(here / "big_endian.npy", rows.numpy().astype(">f4"))
np.save(here / "integers.npy", rows.numpy().astype("<i4"))
for version in (2, 3):
    with open(here / f"version{version}.npy", "wb") as f:
        np.lib.format.write_array(f, rows.numpy().astype("<f4"), version=(version, 0))

safetensors.torch.save_file(
    dict(activations=rows.float(), half=rows.half()[:1], bf=rows.bfloat16()[:1], double=rows[:1],
         i32=torch.arange(3, dtype=torch.int32), i64=torch.tensor(2**40), empty=rows[:0]),
    here / "tensors.safetensors", metadata=dict(source="é"))
safetensors.torch.save_file(dict(flags=torch.tensor([True])), here / "bool.safetensors")
