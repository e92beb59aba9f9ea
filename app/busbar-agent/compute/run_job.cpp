#include "busbar-agent/compute/run_job.h"

#include "busbar-agent/compute/cublaslt.h"
#include "busbar-agent/compute/gemm_tests.h"
#include "busbar-agent/compute/peer_tests.h"
#include "busbar-agent/compute/transfer_tests.h"

#include <mutex>
#include <thread>

namespace busbar::agent {
namespace {

/// Progress of all GPUs as one share, one line at a time.
class Teller {
public:
    Teller(std::size_t gpus, const std::function<void(const GpuLine&)>& tell) : m_shares(gpus, 0), m_tell(tell) {}
    void progress(std::size_t gpu, double share, const std::string& sentence) {
        const std::lock_guard lock(m_mutex);
        m_shares[gpu] = share;
        double sum = 0;
        for (const double one : m_shares) sum += one;
        GpuLine line;
        line.share = sum / static_cast<double>(m_shares.size());
        line.sentence = sentence;
        m_tell(line);
    }
    void answer(GpuAnswer answer) {
        const std::lock_guard lock(m_mutex);
        GpuLine line;
        line.kind = GpuLine::Kind::answer;
        line.answer = std::move(answer);
        m_tell(line);
    }

private:
    std::mutex m_mutex; ///< guards m_shares and the calls
    std::vector<double> m_shares;
    const std::function<void(const GpuLine&)>& m_tell;
};

/// The largest number of GPUs that are all copied to each other; of more, each to its neighbours.
constexpr std::size_t kMeshGpus = 8;

StatusOr<TestOutcome> runTest(const GpuJob& job, CudaDevice& device, const StopCheck& stop, const ProgressCall& progress, std::string& fingerprint) {
    std::uint64_t number = 0;
    StatusOr<TestOutcome> outcome = invalid("unknown test");
    switch (job.test) {
    case GpuTest::scrub: return scrubMemory(device, job.seed, stop, progress, job.rounds);
    case GpuTest::patterns: return testPatterns(device, job.rounds, job.seed, stop, progress);
    case GpuTest::memoryRate: return measureMemory(device, stop);
    case GpuTest::cublasLt: return measureCublasLt(device, job.seed, stop);
    case GpuTest::transfers: return measureTransfers(device, stop);
    case GpuTest::hold: {
        const Stopwatch watch;
        return holdPower(device, job.seconds, job.seed, stop, [&] { progress(std::min(1.0, watch.milliseconds() / 1000 / job.seconds), "holding full load"); });
    }
    case GpuTest::canary:
    case GpuTest::gemm:
    case GpuTest::fp8:
        outcome = testGemm(device, job.test == GpuTest::fp8 ? Precision::fp8 : Precision::bf16, job.test == GpuTest::canary ? 0 : job.rounds, job.seed, stop, &number);
        if (outcome.ok()) fingerprint = fmt::format("{:016x}", number);
        return outcome;
    case GpuTest::peers:
    case GpuTest::unknown: break;
    }
    return outcome;
}

/// What a test's places count: sums of a product, or bytes of memory.
const char* placesOf(GpuTest test) { return test == GpuTest::canary || test == GpuTest::gemm || test == GpuTest::fp8 ? "sum" : "byte"; }

GpuAnswer answerOf(std::string uuid, const StatusOr<TestOutcome>& outcome, std::string fingerprint, const char* places = "byte") {
    GpuAnswer answer;
    answer.uuid = std::move(uuid);
    answer.status = outcome.status();
    answer.fingerprint = std::move(fingerprint);
    if (outcome.ok()) {
        answer.figures = outcome->figures;
        answer.faults = outcome->faults.count;
        answer.faultSentence = outcome->faults.sentence(places) + (outcome->note.empty() ? "" : "; " + outcome->note);
    }
    return answer;
}

void runOnGpu(const GpuJob& job, const CudaApi& api, std::size_t index, const StopCheck& stop, Teller& teller) {
    std::string fingerprint;
    const auto device = CudaDevice::open(api, job.uuids[index]);
    const auto outcome = device.ok() ? runTest(job, **device, stop, [&](double share, const std::string& sentence) { teller.progress(index, share, sentence); }, fingerprint)
                                     : StatusOr<TestOutcome>(device.status());
    teller.progress(index, 1, "done");
    teller.answer(answerOf(job.uuids[index], outcome, fingerprint, placesOf(job.test)));
}

bool arePair(std::size_t from, std::size_t to, std::size_t count) { return from != to && (count <= kMeshGpus || (from + 1) % count == to || (to + 1) % count == from); }

/// Every pair, both ways, one copy at a time.
void runPeers(const GpuJob& job, const CudaApi& api, const StopCheck& stop, Teller& teller) {
    const std::size_t count = job.uuids.size();
    if (count < 2) {
        teller.answer(answerOf(job.uuids.empty() ? "" : job.uuids[0], notFound("one GPU has no peer to copy to"), ""));
        return;
    }
    std::vector<StatusOr<std::unique_ptr<CudaDevice>>> devices;
    devices.reserve(count);
    for (const std::string& uuid : job.uuids) devices.push_back(CudaDevice::open(api, uuid));
    for (std::size_t from = 0; from < count; ++from) {
        for (std::size_t to = 0; to < count; ++to) {
            if (!arePair(from, to, count)) continue;
            const Status opened = devices[from].ok() ? devices[to].status() : devices[from].status();
            const auto outcome = opened.ok() ? measurePeerCopy(**devices[from], **devices[to], stop) : StatusOr<TestOutcome>(opened);
            teller.answer(answerOf(job.uuids[from] + " > " + job.uuids[to], outcome, ""));
        }
        teller.progress(from, 1, fmt::format("copied from {} of {} GPUs", from + 1, count));
    }
}

} // namespace

void runJob(const GpuJob& job, const StopCheck& stop, const std::function<void(const GpuLine&)>& tell) {
    GpuLine end;
    end.kind = GpuLine::Kind::end;
    end.share = 1;
    const auto api = loadCuda(job.library);
    if (!api.ok()) {
        end.sentence = std::string(sentenceOf(api.status()));
        return tell(end);
    }
    end.simulated = api->simulated;
    end.library = api->libraryPath;
    {
        Teller teller(job.uuids.size(), tell);
        if (job.test == GpuTest::peers) {
            runPeers(job, *api, stop, teller);
        } else if (job.test == GpuTest::transfers) {
            for (std::size_t i = 0; i < job.uuids.size(); ++i) runOnGpu(job, *api, i, stop, teller);
        } else {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < job.uuids.size(); ++i) threads.emplace_back([&, i] { runOnGpu(job, *api, i, stop, teller); });
        }
    }
    tell(end);
}

} // namespace busbar::agent
