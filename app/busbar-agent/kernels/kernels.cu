// All kernels as one module. Built to PTX for sm_80, which the driver compiles for the GPU it finds (A100 and newer).
#include "gemm.h"
#include "memory.h"
