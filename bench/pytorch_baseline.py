#!/usr/bin/env python3
"""Trains the same TopK SAE in PyTorch and times it: the other side of every speed ratio this project states.

The model, loss, initialisation and optimiser are those of docs/metrics.md; the data move to the device once, and every
epoch is followed by one pass over the validation rows, as sae-native does it. Modes:

  eager     plain PyTorch with torch.optim.Adam as it comes: how the experiment was run, less the statistics that it
            read back from the device after every forward pass
  fused     eager with fused=True in Adam
  compiled  the training step under torch.compile with fused Adam; on a GPU with CUDA graphs (mode reduce-overhead)

  python3 bench/pytorch_baseline.py --train train.npy --val val.npy --k 100 300 --mode eager --threads 2

prints one line of JSON for each K: seconds of the whole training with its validations (after a warm-up of one step),
microseconds a step, and the last explained variance and loss. Data are .npy files of float32 rows.
"""
import argparse
import json
import time

import numpy as np
import torch
import torch.nn.functional as F


class TopKSae(torch.nn.Module):
    """AbsTopK: the k largest |z| of a row, sign kept. Decoder columns have unit norm at the start only."""

    def __init__(self, d_in, d_sae, k):
        super().__init__()
        self.k = k
        self.encoder = torch.nn.Linear(d_in, d_sae)
        self.decoder = torch.nn.Linear(d_sae, d_in)
        with torch.no_grad():
            self.decoder.weight.copy_(F.normalize(self.decoder.weight, dim=0))

    def forward(self, x):
        z = self.encoder(x)
        indices = z.abs().topk(self.k, dim=-1).indices
        sparse = torch.zeros_like(z).scatter(-1, indices, z.gather(-1, indices))
        return self.decoder(sparse), sparse


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


def train(x_train, x_val, k, args):
    """One SAE from seeded initial weights; returns what main prints."""
    torch.manual_seed(args.seed)
    device = args.device
    model = TopKSae(x_train.shape[1], args.latent_dim, k).to(device)
    # Without fused=True torch chooses its own default for the device.
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr, **({} if args.mode == "eager" else {"fused": True}))

    def step(batch):
        x_hat, _ = model(batch)
        loss = F.mse_loss(x_hat, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def validate():
        with torch.no_grad():
            x_hat, sparse = model(x_val)
            e = x_val - x_hat
            return (e * e).mean(), 1 - e.var() / x_val.var(), (sparse != 0).any(0).logical_not().float().mean()

    if args.mode == "compiled":
        step = torch.compile(step, mode="reduce-overhead" if device == "cuda" else None)

    start_state = {name: p.clone() for name, p in model.state_dict().items()}
    sizes = {args.batch_size, len(x_train) % args.batch_size} - {0}
    for _ in range(3):
        for rows in sizes:
            step(x_train[:rows])
    validate()
    model.load_state_dict(start_state)
    for state in optimizer.state.values():
        for tensor in state.values():
            tensor.zero_()

    synchronize(device)
    begin = time.perf_counter()
    for _ in range(args.epochs):
        order = torch.randperm(len(x_train), device=device)
        losses = [step(x_train[order[i:i + args.batch_size]]).detach().clone()
                  for i in range(0, len(x_train), args.batch_size)]
        val_loss, ev, death_rate = (t.item() for t in validate())
    synchronize(device)
    seconds = time.perf_counter() - begin
    return {
        "k": k, "mode": args.mode, "device": device, "tf32": args.tf32, "threads": torch.get_num_threads(),
        "seconds": seconds, "us_per_step": 1e6 * seconds / (args.epochs * len(losses)),
        "val_loss": val_loss, "ev_global": ev, "val_feature_death_rate": death_rate, "torch": torch.__version__,
    }


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--train", required=True)
    p.add_argument("--val", required=True)
    p.add_argument("--k", type=int, nargs="+", default=[100, 200, 300])
    p.add_argument("--mode", choices=["eager", "fused", "compiled"], default="eager")
    p.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    p.add_argument("--tf32", action="store_true", help="let matrix products round their inputs to TF32 (cuda)")
    p.add_argument("--threads", type=int, default=torch.get_num_threads())
    p.add_argument("--latent-dim", type=int, default=512)
    p.add_argument("--epochs", type=int, default=25)
    p.add_argument("--batch-size", type=int, default=256)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_float32_matmul_precision("high" if args.tf32 else "highest")
    x_train, x_val = (torch.from_numpy(np.load(f)).to(args.device) for f in (args.train, args.val))
    for k in args.k:
        print(json.dumps(train(x_train, x_val, k, args)), flush=True)


if __name__ == "__main__":
    main()
