// The fp8 kernels as a module of their own: mma.sync with e4m3 needs sm_89 and PTX 8.4, which older drivers refuse.
#define BUSBAR_FP8
#include "gemm.h"
