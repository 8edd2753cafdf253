#!/usr/bin/env python3
"""Trains the same TopK SAE in PyTorch and times it: the other side of every speed ratio this project states.

The model, loss, initialisation and optimiser are those of docs/metrics.md; the data move to the device once, and every
epoch is followed by one pass over the validation rows and one copy of the figures to the host, as sae-native does it. Modes:

  eager     plain PyTorch with torch.optim.Adam as it comes: how the experiment was run, less the statistics that it
            read back from the device after every forward pass
  fused     fused=True in Adam, and a selection of the same latents in fewer kernels (masked_selection)
  graphed   fused, with an epoch as one CUDA graph and the validation as another, both replayed (cuda only)
  compiled  fused, with the training step under torch.compile; on a GPU with CUDA graphs (mode reduce-overhead)

  python3 bench/pytorch_baseline.py --train train.npy --val val.npy --k 100 300 --modes eager fused --threads 2
  python3 bench/pytorch_baseline.py --device cuda --roofs

prints one line of JSON for each repeat, mode, precision of the matrix products and K: seconds of the whole training with its
validations, microseconds a step (those seconds over the steps), the last losses and explained variance. Warm-up, capture
and compilation are not in the seconds. Every training starts from the same seeded weights. Data are .npy files of float32
rows.

--roofs prints what the matrix products of a step take in torch.mm, alone in a CUDA graph, and what large products and a
copy on the device reach, as lines {"roof": name, "value": number, "unit": text}. On the CPU their shapes are tiny.
"""
import argparse
import itertools
import json
import time

import numpy as np
import torch
import torch.nn.functional as F

MATMUL = {"fp32": "highest", "tf32": "high"}  # what a product does with float32 factors, in torch's words


def published_selection(z, k):
    """The experiment's own lines."""
    indices = z.abs().topk(k, dim=-1).indices
    return torch.zeros_like(z).scatter(-1, indices, z.gather(-1, indices))


def masked_selection(z, k):
    """The same values and gradients: the indices are not sorted, and a mask takes the place of gather and scatter."""
    indices = z.detach().abs().topk(k, dim=-1, sorted=False).indices
    return z * torch.zeros_like(z).scatter_(-1, indices, 1.0)


class TopKSae(torch.nn.Module):
    """AbsTopK: the k largest |z| of a row, sign kept. Decoder columns have unit norm at the start only."""

    def __init__(self, d_in, d_sae, k, selection):
        super().__init__()
        self.k, self.selection = k, selection
        self.encoder = torch.nn.Linear(d_in, d_sae)
        self.decoder = torch.nn.Linear(d_sae, d_in)
        with torch.no_grad():
            self.decoder.weight.copy_(F.normalize(self.decoder.weight, dim=0))

    def forward(self, x):
        sparse = self.selection(self.encoder(x), self.k)
        return self.decoder(sparse), sparse


def captured(work):
    """The work as a CUDA graph: a function that replays it and returns the tensors that each replay fills."""
    warm = torch.cuda.Stream()
    warm.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(warm):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(warm)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = work()

    def replay():
        graph.replay()
        return result

    return replay


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


def refusal(device, mode, matmul):
    """Why this cannot be had on the device, or None."""
    if device == "cpu" and mode == "graphed":
        return "mode graphed needs --device cuda: the CPU has no CUDA graphs"
    if device == "cpu" and matmul == "tf32":
        return "matmul tf32 needs --device cuda: the CPU has no TF32"
    return None


def train(x_train, x_val, k, mode, matmul, args):
    """One SAE from seeded initial weights and its figures."""
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision(MATMUL[matmul])
    device = args.device
    selection = published_selection if mode == "eager" else masked_selection
    model = TopKSae(x_train.shape[1], args.latent_dim, k, selection).to(device)
    # Without fused=True torch chooses its own default for the device.
    options = {} if mode == "eager" else {"fused": True, "capturable": mode == "graphed"}
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr, **options)
    order = torch.arange(len(x_train), device=device)
    batches = order.split(args.batch_size)
    losses = torch.zeros(len(batches), device=device)
    x_val_variance = x_val.var()

    def step(batch):
        x_hat, _ = model(batch)
        loss = F.mse_loss(x_hat, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    if mode == "compiled":
        # Every training is compiled by itself: beyond a few of them torch would silently fall back to eager.
        torch.compiler.reset()
        step = torch.compile(step, mode="reduce-overhead" if device == "cuda" else None, dynamic=False)

    def epoch():
        for i, rows in enumerate(batches):
            losses[i] = step(x_train.index_select(0, rows))

    def validate():
        with torch.no_grad():
            x_hat, sparse = model(x_val)
            e = x_val - x_hat
            dead = (sparse != 0).any(0).logical_not().float().mean()
            return torch.stack([losses.mean(), (e * e).mean(), 1 - e.var() / x_val_variance, dead])

    start = {name: p.clone() for name, p in model.state_dict().items()}
    if mode == "graphed":
        epoch, validate = captured(epoch), captured(validate)
    else:
        for _ in range(3):
            for rows in (batches[0], batches[-1]):  # the last batch is smaller
                step(x_train.index_select(0, rows))
            validate()
    model.load_state_dict(start)
    for state in optimizer.state.values():
        for tensor in state.values():
            tensor.zero_()

    synchronize(device)
    begin = time.perf_counter()
    for _ in range(args.epochs):
        torch.randperm(len(x_train), out=order, device=device)
        epoch()
        train_loss, val_loss, ev, death_rate = validate().tolist()
    seconds = time.perf_counter() - begin
    return {
        "k": k, "mode": mode, "matmul": matmul, "device": device, "threads": torch.get_num_threads(),
        "seconds": seconds, "us_per_step": 1e6 * seconds / (args.epochs * len(batches)), "train_loss": train_loss,
        "val_loss": val_loss, "ev_global": ev, "val_feature_death_rate": death_rate, "torch": torch.__version__,
    }


def seconds_of(work, device):
    """The least time of five, after a warm-up; on cuda of replaying the work as a graph."""
    if device == "cuda":
        work = captured(work)
    times = []
    for _ in range(6):
        synchronize(device)
        begin = time.perf_counter()
        work()
        synchronize(device)
        times.append(time.perf_counter() - begin)
    return min(times[1:])


def product_seconds(m, k, n, matmul, device, buffers, count):
    """One of count products; each takes the next of several buffers, so that none finds its factors in the L1 cache."""
    torch.set_float32_matmul_precision(MATMUL.get(matmul, "highest"))
    of = {"device": device, "dtype": torch.bfloat16 if matmul == "bf16" else torch.float32}
    sets = [(torch.randn(m, k, **of), torch.randn(k, n, **of), torch.empty(m, n, **of)) for _ in range(buffers)]

    def work():
        for a, b, out in itertools.islice(itertools.cycle(sets), count):
            torch.mm(a, b, out=out)

    return seconds_of(work, device) / count


def roofs(device):
    """Home shapes: encoder, decoder, gradient of a weight matrix. The large ones and the copy: what the device reaches."""
    shrink, large, megabytes = (1, 8192, 2000) if device == "cuda" else (16, 256, 16)
    for shape in ((256, 2048, 512), (256, 512, 2048), (512, 256, 2048)):
        m, k, n = (size // shrink for size in shape)
        for matmul in ("fp32", "tf32", "bf16"):
            seconds = product_seconds(m, k, n, matmul, device, buffers=4, count=200)
            yield {"roof": f"mm_{m}x{k}x{n}/{matmul}", "value": 1e6 * seconds, "unit": "us"}
    for matmul in ("fp32", "bf16"):
        seconds = product_seconds(large, large, large, matmul, device, buffers=1, count=4)
        yield {"roof": f"mm_{large}x{large}x{large}/{matmul}", "value": 2e-12 * large ** 3 / seconds, "unit": "TFLOP/s"}
    source = torch.ones(megabytes * 1_000_000, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)

    def copies():
        for _ in range(4):
            target.copy_(source)

    gigabytes = 4 * 2 * megabytes / 1000  # read and written
    yield {"roof": f"copy_{megabytes}MB", "value": gigabytes / seconds_of(copies, device), "unit": "GB/s"}


def trainings(args):
    x_train, x_val = (torch.from_numpy(np.load(f)).to(args.device) for f in (args.train, args.val))
    for repeat, mode, matmul, k in itertools.product(range(args.repeats), args.modes, args.matmul, args.k):
        yield {**train(x_train, x_val, k, mode, matmul, args), "repeat": repeat}


def parse(options=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--train")
    p.add_argument("--val")
    p.add_argument("--k", type=int, nargs="+", default=[100, 200, 300])
    p.add_argument("--modes", nargs="+", choices=["eager", "fused", "graphed", "compiled"], default=["eager"])
    p.add_argument("--matmul", nargs="+", choices=list(MATMUL), default=["fp32"],
                   help="tf32: products on tensor cores, inputs rounded to TF32 (cuda)")
    p.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    p.add_argument("--repeats", type=int, default=1)
    p.add_argument("--roofs", action="store_true", help="time products and a copy, before the trainings if there are any")
    p.add_argument("--threads", type=int, default=torch.get_num_threads())
    p.add_argument("--latent-dim", type=int, default=512)
    p.add_argument("--epochs", type=int, default=25)
    p.add_argument("--batch-size", type=int, default=256)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args(options)
    if bool(args.train) != bool(args.val) or not (args.train or args.roofs):
        p.error("--train and --val are needed, or --roofs")
    for mode, matmul in itertools.product(args.modes, args.matmul):
        if reason := refusal(args.device, mode, matmul):
            p.error(reason)
    torch.set_num_threads(args.threads)
    return args


def main():
    args = parse()
    for line in itertools.chain(roofs(args.device) if args.roofs else (), trainings(args) if args.train else ()):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
