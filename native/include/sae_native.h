/*
 * sae_native.h: the whole border between Java and the native backends.
 *
 * Plain C11 on <stdint.h>. Every call returns a sae_status, 0 = SAE_OK; after any other status
 * sae_last_error() holds one line of text for the calling thread. A call that fails leaves its
 * outputs unspecified and the session usable, unless the status is SAE_ERR_DEVICE.
 *
 * Shapes are row-major. d_in, d_sae, k, batch_size are those of the session's sae_config.
 * W_dec is latent-major [d_sae, d_in] everywhere here (torch's decoder.weight transposed).
 * A session is not thread-safe: one call at a time. Sessions are independent of each other. A data set never changes,
 * and any number of sessions may use one at the same time.
 */
#ifndef SAE_NATIVE_H
#define SAE_NATIVE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SAE_API __attribute__((visibility("default")))

/* Changes with every change of this file that a caller can notice; compared when the library is loaded. */
#define SAE_ABI_VERSION 4

typedef enum sae_status {
  SAE_OK = 0,
  SAE_ERR_INVALID = 1,     /* an argument is out of range; the text names it */
  SAE_ERR_UNAVAILABLE = 2, /* the backend cannot run here; the text says why */
  SAE_ERR_MEMORY = 3,      /* not enough memory; the text says how much was needed */
  SAE_ERR_NUMERIC = 4,     /* NaN or infinity met in training; the text names the step */
  SAE_ERR_DEVICE = 5,      /* the device failed; the session can only be destroyed */
  SAE_ERR_INTERNAL = 6     /* a defect of this library */
} sae_status;

typedef enum sae_select {
  SAE_SELECT_ABS = 0, /* the k largest |z|, sign kept, no ReLU */
  SAE_SELECT_RELU = 1 /* the k largest z, then ReLU: values are max(z, 0), gradients only where z > 0 */
} sae_select;

/* How dense matrices are multiplied. Sums are fp32, and everything else is computed in fp32, in any case. */
typedef enum sae_precision {
  SAE_FP32 = 0,   /* exact: products and sums in fp32 */
  SAE_BF16X3 = 1, /* each number as the sum of two bf16, three of the four products of their parts: close to fp32 */
  SAE_BF16 = 2    /* each number rounded to bf16 */
} sae_precision;

typedef enum sae_state {
  SAE_PARAMETERS = 0,
  SAE_ADAM_M = 1,
  SAE_ADAM_V = 2,
  SAE_GRADIENTS = 3 /* written by sae_gradients, read by sae_adam_update */
} sae_state;

typedef enum sae_split { SAE_TRAIN = 0, SAE_VALIDATION = 1 } sae_split;

typedef struct sae_config {
  int32_t d_in;       /* >= 1 */
  int32_t d_sae;      /* >= 1 */
  int32_t k;          /* 1 .. d_sae */
  int32_t select;     /* sae_select */
  int32_t pre_bias;   /* 1: the encoder sees x - b_dec; 0: x */
  int32_t batch_size; /* rows of a full training step, >= 1 */
  int32_t threads;    /* cpu: worker threads, 0 = one for each available core; never changes a result */
  int32_t precision;  /* sae_precision; the cpu backend has SAE_FP32 alone and is SAE_ERR_UNAVAILABLE for another */
  double lr;          /* Adam, torch's form: m += (1-beta1)(g-m); v = beta2 v + (1-beta2) g^2;       */
  double beta1;       /* p -= lr/(1-beta1^t) * m / (sqrt(v)/sqrt(1-beta2^t) + eps)                    */
  double beta2;
  double eps;
} sae_config;

/* Four tensors shaped like the model's parameters: parameters, moments or gradients. */
typedef struct sae_tensors {
  float* w_enc; /* [d_sae, d_in] */
  float* b_enc; /* [d_sae] */
  float* w_dec; /* [d_sae, d_in], latent-major */
  float* b_dec; /* [d_in] */
} sae_tensors;

/* What one pass over a split yields: sums in double, in a fixed order, e = x - x_hat, n rows.
 * The explained variances are formed from these by the caller. */
typedef struct sae_evaluation {
  int64_t rows;                  /* n */
  double x_sum;                  /* sum over rows and columns of x */
  double x_squared;              /* sum of x^2 */
  double x_column_deviation;     /* sum over columns of sum over rows of (x - column mean)^2 */
  double error_sum;              /* sum of e */
  double error_squared;          /* sum of e^2 */
  double error_column_deviation; /* sum over columns of sum over rows of (e - column mean of e)^2 */
  double row_ratio_sum;          /* sum over rows of |e_row|^2 / |x_row - column means|^2; a row that equals the
                                    column means adds 0 if its e is 0, else it makes the sum infinite */
  int64_t active;                /* selected latents whose value is not 0 */
  double abs_value_sum;          /* sum of |value| over them */
} sae_evaluation;

typedef struct sae_data sae_data;
typedef struct sae_session sae_session;

/* ---- library ---- */

SAE_API int32_t sae_abi_version(void);

/* Text of the calling thread's last error, "" if none. Valid until that thread's next call. */
SAE_API const char* sae_last_error(void);

/* backend: "cpu", "cuda" or "simt". SAE_OK: `text` [capacity] receives one line saying what it runs on
 * ("AVX-512, 2 cores"). SAE_ERR_UNAVAILABLE: sae_last_error() says why it cannot run here. */
SAE_API sae_status sae_backend_describe(const char* backend, char* text, int32_t capacity);

/* ---- data set: rows on one backend, shared by its sessions ---- */

/* x [rows, d_in], rows >= 1. Also computes what an evaluation needs of x, once for all sessions. The cpu backend
 * borrows x: it must stay valid and unchanged until the data set is destroyed and no session has it. Device backends
 * copy it. threads: as in sae_config. */
SAE_API sae_status sae_data_create(const char* backend, const float* x, int64_t rows, int32_t d_in, int32_t threads,
                                   sae_data** out);

/* Ends the caller's use of the data set: the handle must not be used again. The rows stay as long as a session has
 * them. NULL is allowed. */
SAE_API void sae_data_destroy(sae_data* data);

/* ---- session: model, optimiser state and scratch on one backend ---- */

/* Allocates everything a training step needs. Parameters, moments and gradients start at 0, the step count at 0. */
SAE_API sae_status sae_session_create(const char* backend, const sae_config* config, sae_session** out);
SAE_API void sae_session_destroy(sae_session* session); /* NULL is allowed */

/* state: sae_state. Copies all four tensors in or out. */
SAE_API sae_status sae_set_state(sae_session* session, int32_t state, const sae_tensors* tensors);
SAE_API sae_status sae_get_state(sae_session* session, int32_t state, const sae_tensors* tensors);

/* Number of Adam updates done so far (t of the bias corrections). */
SAE_API sae_status sae_set_step(sae_session* session, int64_t step);
SAE_API sae_status sae_get_step(sae_session* session, int64_t* step);

/* split: sae_split. The session has the data set until another one takes its place or the session is destroyed.
 * Refused where the data set lies on another backend or its d_in is not the session's. */
SAE_API sae_status sae_set_data(sae_session* session, int32_t split, const sae_data* data);

/* One pass of training over the rows `order` [rows] of the training split, in batches of batch_size, the last one
 * possibly smaller. step_loss [ceil(rows / batch_size)] receives each batch's mean squared error before its update. */
SAE_API sae_status sae_train_epoch(sae_session* session, const int32_t* order, int64_t rows, double* step_loss);

/* One pass over a split. firing_count [d_sae], or NULL: on how many rows each latent is active (value not 0). */
SAE_API sae_status sae_evaluate(sae_session* session, int32_t split, sae_evaluation* out, int64_t* firing_count);

/* ---- one call for each kernel; rows is any count >= 0 unless said otherwise ---- */

/* z [rows, d_sae] -> indices [rows, k] ascending, values [rows, k]. Larger key first, then the smaller index;
 * +0 and -0 tie. */
SAE_API sae_status sae_select_topk(sae_session* session, const float* z, int64_t rows, int32_t* indices, float* values);

/* x [rows, d_in] -> z = x W_enc^T + b_enc, selected as above. */
SAE_API sae_status sae_encode_topk(sae_session* session, const float* x, int64_t rows, int32_t* indices, float* values);

/* The same for rows [first, first + rows) of a data set, which must be one that sae_set_data would take. */
SAE_API sae_status sae_encode_rows(sae_session* session, const sae_data* data, int64_t first, int64_t rows,
                                   int32_t* indices, float* values);

/* x_hat [rows, d_in] = b_dec + sum over the row's latents of value * W_dec[index]. */
SAE_API sae_status sae_decode_sparse(sae_session* session, const int32_t* indices, const float* values, int64_t rows,
                                     float* x_hat);

/* Loss of one batch, x [rows, d_in], 1 <= rows <= batch_size, and its gradient into SAE_GRADIENTS; no update. */
SAE_API sae_status sae_gradients(sae_session* session, const float* x, int64_t rows, double* loss);

/* One Adam update of all parameters from SAE_GRADIENTS; the step count rises by one. */
SAE_API sae_status sae_adam_update(sae_session* session);

/* ---- measuring ---- */

/* Seconds that the kernels of the session's last training, evaluation or kernel call took by the device's own clock,
 * copies between host and device left out. SAE_ERR_UNAVAILABLE where the backend has no such clock or none of them was
 * called yet. */
SAE_API sae_status sae_device_seconds(sae_session* session, double* seconds);

#ifdef __cplusplus
}
#endif

#endif
