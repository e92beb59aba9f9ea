#include "busbar-agent/compute/cublaslt.h"

#include "busbar-agent/compute/gemm_product.h"
#include "busbar-agent/driver/driver_library.h"

namespace busbar::agent {
namespace {

// Numbers of cublas_api.h, cublasLt.h and library_types.h.
constexpr int kRealF32 = 0, kRealBf16 = 14, kCompute32F = 68, kTransposed = 1, kDescTransA = 3, kArchMismatch = 8, kNotSupported = 15;
constexpr std::size_t kWorkspaceBytes = std::size_t{64} << 20;
constexpr int kRounds = 10;

struct LtApi {
    int (*create)(void**) = nullptr;
    int (*destroy)(void*) = nullptr;
    std::size_t (*version)() = nullptr;
    int (*descCreate)(void**, int, int) = nullptr;
    int (*descDestroy)(void*) = nullptr;
    int (*descSet)(void*, int, const void*, std::size_t) = nullptr;
    int (*layoutCreate)(void**, int, std::uint64_t, std::uint64_t, std::int64_t) = nullptr;
    int (*layoutDestroy)(void*) = nullptr;
    int (*matmul)(void*, void*, const void*, const void*, void*, const void*, void*, const void*, const void*, void*, void*, void*, const void*, void*, std::size_t, void*) = nullptr;
    std::shared_ptr<void> library;
};

StatusOr<LtApi> bindLt(const DriverLibrary& library) {
    LtApi api;
    api.library = library.handle;
    void* lib = api.library.get();
    bindSymbol(lib, api.create, {"cublasLtCreate"});
    bindSymbol(lib, api.destroy, {"cublasLtDestroy"});
    bindSymbol(lib, api.version, {"cublasLtGetVersion"});
    bindSymbol(lib, api.descCreate, {"cublasLtMatmulDescCreate"});
    bindSymbol(lib, api.descDestroy, {"cublasLtMatmulDescDestroy"});
    bindSymbol(lib, api.descSet, {"cublasLtMatmulDescSetAttribute"});
    bindSymbol(lib, api.layoutCreate, {"cublasLtMatrixLayoutCreate"});
    bindSymbol(lib, api.layoutDestroy, {"cublasLtMatrixLayoutDestroy"});
    bindSymbol(lib, api.matmul, {"cublasLtMatmul"});
    if (api.create == nullptr || api.destroy == nullptr || api.version == nullptr || api.descCreate == nullptr || api.descDestroy == nullptr || api.descSet == nullptr || api.layoutCreate == nullptr ||
        api.layoutDestroy == nullptr || api.matmul == nullptr)
        return notFound("{} lacks basic functions of cuBLASLt", library.path);
    // A library newer than the driver loads and then cannot start.
    void* handle = nullptr;
    if (const int code = api.create(&handle); code != 0) return notFound("{} does not start on this driver (status {})", library.path, code);
    api.destroy(handle);
    return api;
}

/// The newest one that works; needs a current context. The error is the most telling of all that were tried.
StatusOr<LtApi> findLt() {
    Status why = notFound("no cuBLASLt on this node: libcublasLt.so.13, .12 and .11 not found");
    for (const std::string name : {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so.11"})
        for (const std::string& path : {std::string(), "/usr/local/cuda/lib64/" + name}) {
            const auto library = loadDriverLibrary(path, name.c_str(), "cuBLASLt");
            if (!library.ok()) {
                const std::string_view sentence = sentenceOf(library.status());
                if (sentence.find("not found") == std::string_view::npos && sentence.find("No such file") == std::string_view::npos) why = library.status();
                continue;
            }
            auto api = bindLt(*library);
            if (api.ok()) return api;
            why = api.status();
        }
    return why;
}

/// The library's objects for one product, freed in the end.
class LtProduct {
public:
    LtProduct(const LtApi& api, const Product& product) : m_api(api), m_product(product) {}
    LtProduct(const LtProduct&) = delete;
    LtProduct& operator=(const LtProduct&) = delete;
    ~LtProduct() {
        for (void* layout : {m_left, m_right, m_sums})
            if (layout != nullptr) m_api.layoutDestroy(layout);
        if (m_desc != nullptr) m_api.descDestroy(m_desc);
        if (m_handle != nullptr) m_api.destroy(m_handle);
    }
    /// The library counts columns first: our c, read that way, is bTransposedᵀ · a with both read along k.
    Status prepare() {
        const std::uint64_t n = m_product.size;
        const auto stride = static_cast<std::int64_t>(n);
        const int transposed = kTransposed;
        const bool made = m_api.create(&m_handle) == 0 && m_api.descCreate(&m_desc, kCompute32F, kRealF32) == 0 && m_api.descSet(m_desc, kDescTransA, &transposed, sizeof transposed) == 0 &&
                          m_api.layoutCreate(&m_left, kRealBf16, n, n, stride) == 0 && m_api.layoutCreate(&m_right, kRealBf16, n, n, stride) == 0 &&
                          m_api.layoutCreate(&m_sums, kRealF32, n, n, stride) == 0;
        if (!made) return internal("cuBLASLt could not be prepared for a bf16 product of {} squared", n);
        auto workspace = m_product.device.allocate(kWorkspaceBytes);
        if (!workspace.ok()) return workspace.status();
        m_workspace = *std::move(workspace);
        return absl::OkStatus();
    }
    Status queue() {
        const float one = 1, zero = 0;
        const auto at = [](const DeviceBuffer& buffer) { return reinterpret_cast<void*>(buffer.address()); };
        const int code = m_api.matmul(m_handle, m_desc, &one, at(m_product.bTransposed), m_left, at(m_product.a), m_right, &zero, at(m_product.c), m_sums, at(m_product.c), m_sums, nullptr,
                                      at(m_workspace), m_workspace.bytes(), m_product.device.stream());
        if (code == kArchMismatch || code == kNotSupported) return notFound("not supported: this cuBLASLt does not compute a bf16 product on this GPU (status {})", code);
        return code == 0 ? absl::OkStatus() : internal("cublasLtMatmul failed with status {}", code);
    }

private:
    const LtApi& m_api;
    const Product& m_product;
    DeviceBuffer m_workspace;
    void *m_handle = nullptr, *m_desc = nullptr, *m_left = nullptr, *m_right = nullptr, *m_sums = nullptr;
};

} // namespace

StatusOr<TestOutcome> measureCublasLt(const CudaDevice& device, std::uint64_t seed, const StopCheck& stop) {
    if (device.api().simulated) return notFound("no cuBLASLt on a simulated GPU");
    if (const auto memory = device.memory(); !memory.ok()) return memory.status(); // Makes the device's context the current one.
    const auto api = findLt();
    if (!api.ok()) return api.status();
    const auto product = makeFittingProduct(device, Precision::bf16, seed);
    if (!product.ok()) return product.status();
    if (const Status cleared = device.zero(product->c.address(), product->c.bytes()); !cleared.ok()) return cleared;
    LtProduct lt(*api, *product);
    if (const Status prepared = lt.prepare(); !prepared.ok()) return prepared;
    const auto queue = [&] { return lt.queue(); };
    if (const auto warm = device.time(queue, stop); !warm.ok()) return warm.status();
    const auto took = device.time(queue, stop, kRounds);
    if (!took.ok()) return took.status();
    auto faults = product->check(stop);
    if (!faults.ok()) return faults.status();
    TestOutcome outcome;
    outcome.faults = *std::move(faults);
    outcome.figures = {{"cuBLASLt bf16 GEMM", product->teraflops(*took, kRounds), "TFLOPS"}, {"cuBLASLt version", static_cast<double>(api->version()), "count"}};
    return outcome;
}

} // namespace busbar::agent
