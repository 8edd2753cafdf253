# The sources of the cuda backend, once for both builds of them: by nvcc, and onto the fibre runtime of native/simt.
set(SAE_CUDA_SOURCES
    kernels/adam_update.cu kernels/bias_gradient_adam.cu kernels/centre_rows.cu kernels/decode_loss.cu
    kernels/decode_sparse.cu kernels/encode_topk.cu kernels/evaluate.cu kernels/latent_gradient.cu
    kernels/select_topk.cu kernels/shape.cu kernels/weight_gradient_adam.cu
    session/cuda_backend.cu session/data.cu session/evaluation.cu session/training.cu
    device/memory.cu)
list(TRANSFORM SAE_CUDA_SOURCES PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
# What talks to the CUDA runtime itself; native/simt/device_simt.cpp takes its place on a CPU.
set(SAE_CUDA_RUNTIME_SOURCES ${CMAKE_CURRENT_LIST_DIR}/device/device_cuda.cu)
