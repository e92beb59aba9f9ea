#include "shell_samples.h"

#include <fmt/format.h>

#include <cmath>

namespace busbar::samples {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;

std::string nodeName(int index) { return fmt::format("lga1/b07-r{:02}-u{:02}", 5 + index / 4, 8 + 6 * (index % 4)); }

PlanTarget target(int index) {
    PlanTarget target{.nodeId = nodeName(index), .facts = {NodeState::ready, Service::open, Occupancy::leased, Health::ok, Link::connected}, .source = Source::simulated, .eligible = true};
    target.sentence = "close, wait for 8 processes, verify";
    target.steps = {StepKind::close, StepKind::wait, StepKind::verify};
    target.leases = {"LS-4402"};
    target.processes = 8;
    return target;
}

StepRecord step(StepKind kind, StepState state, std::int64_t at) {
    StepRecord record{.kind = kind, .state = state, .commandId = "c", .attempt = 1, .startedWallMs = at, .endedWallMs = state == StepState::running ? 0 : at + 4'000};
    if (kind == StepKind::close && state == StepState::succeeded)
        record.evidence.push_back({.subject = "node", .fact = "scheduler state", .before = "ALLOCATED", .after = "DRAINED", .expected = "DRAINED", .source = "hook", .verdict = Verdict::asSet, .readWallMs = at});
    return record;
}

void addVerifyEvidence(StepRecord& record, std::int64_t at) {
    for (int gpu = 0; gpu < 8; ++gpu) {
        const std::string subject = fmt::format("GPU-{:08x}", 0x9f2c0000 + gpu);
        record.evidence.push_back({.subject = subject, .fact = "processes", .before = "1", .after = "0", .expected = "0", .source = "simulated nvml", .verdict = Verdict::asSet, .readWallMs = at});
        record.evidence.push_back({.subject = subject, .fact = "memory used", .before = "121034", .after = "4", .expected = "68", .unit = "MiB", .source = "simulated nvml", .verdict = Verdict::asSet, .readWallMs = at});
    }
    record.evidence.push_back({.subject = "node", .fact = "compute mode", .before = "default", .after = "prohibited", .expected = "prohibited", .source = "simulated nvml", .verdict = Verdict::asSet, .readWallMs = at});
}

TargetRecord record(int index, TargetState state, std::int64_t nowMs) {
    const std::int64_t started = nowMs - 21 * kMinuteMs - index * 7'000;
    TargetRecord record{.nodeId = nodeName(index), .state = state, .wave = index < 1 ? 1 : index < 3 ? 2 : 3};
    const bool over = isFinal(state);
    if (state != TargetState::waiting) {
        record.startedWallMs = started;
        record.steps = {step(StepKind::close, StepState::succeeded, started), step(StepKind::wait, over || state == TargetState::verifying ? StepState::succeeded : StepState::running, started + 5'000),
                        step(StepKind::verify, over ? StepState::succeeded : state == TargetState::verifying ? StepState::running : StepState::pending, over ? nowMs - 60'000 : 0)};
        record.deadlineWallMs = nowMs + 80 * kMinuteMs;
    } else {
        record.steps = {step(StepKind::close, StepState::pending, 0), step(StepKind::wait, StepState::pending, 0), step(StepKind::verify, StepState::pending, 0)};
        record.sentence = "waits for its wave";
    }
    if (over) record.endedWallMs = nowMs - 1'000 * (20 + index);
    if (state == TargetState::succeeded) addVerifyEvidence(record.steps[2], record.endedWallMs);
    if (state == TargetState::running) {
        record.blockers = {{.pid = 31'871 + index, .user = "r.ivanov", .command = "python3 train.py", .lease = "LS-4402", .gpuUuid = "GPU-9f2c0000", .memoryMib = 121'034, .ageMs = 146 * kHourMs}};
        record.blockerCount = 8;
        record.sentence = "waits for 8 processes";
    }
    if (state == TargetState::failed) {
        record.sentence = "pid 44120 will not die: it is in a kernel wait; the node stays closed";
        record.steps[1].state = StepState::failed;
        record.steps[2].state = StepState::pending;
    }
    return record;
}

} // namespace

Plan drainPlan(std::int64_t nowMs) {
    Plan plan{.id = "01JDPLAN00000000000000C41E", .site = "lga1", .revision = 88'214'907, .madeWallMs = nowMs - 19'000, .expiresWallMs = nowMs + 581'000};
    plan.request = {.verb = Verb::drain, .deadlineMs = 2 * kHourMs, .atDeadline = DeadlinePolicy::ask, .site = "lga1"};
    for (int i = 0; i < 37; ++i) {
        plan.targets.push_back(target(i));
        plan.request.nodeIds.push_back(nodeName(i));
    }
    const char* const why[] = {"locked by drain A-8812, 1 process left: let it end or cancel it", "link lost 11 m 02 s: its facts are too old to act on; plan again when it is back", "scrubbing after LS-4379: this step cannot be interrupted; plan again when it is done"};
    for (int i = 0; i < 3; ++i) {
        plan.targets[static_cast<std::size_t>(34 + i)].eligible = false;
        plan.targets[static_cast<std::size_t>(34 + i)].sentence = why[i];
    }
    plan.blast = {.nodes = 34, .gpus = 272, .leases = 4, .processes = 272, .gpuHours = 544, .powerStepKw = 269, .longestWaitMs = 2 * kHourMs};
    plan.blast.tenants = {{"helix-bio", 128, 128}, {"northwind-ai", 88, 192}, {"kestrel", 56, 80}};
    plan.blast.freeByModel = {{"H200", 0, 96}, {"H100", 0, 112}};
    plan.blast.failureDomains = {{"leaf lga1-b07-lf2", 34, 37}, {"row b07", 34, 53}, {"rack r05", 4, 4}, {"rack r06", 2, 4}, {"PDU b07-p3", 34, 53}, {"site lga1", 34, 640}};
    plan.inverse = "return of the drained nodes: quick check, undo of each close, open";
    plan.needsApproval = true;
    plan.approvalWhy = "34 nodes are more than 32";
    plan.waves = {1, 2, 31};
    plan.breaker = {.failureLimit = 3, .wavePercent = 10};
    return plan;
}

Plan smallPlan(std::int64_t nowMs) {
    Plan plan = drainPlan(nowMs);
    plan.targets.resize(1);
    plan.request.nodeIds.resize(1);
    plan.blast = {.nodes = 1, .gpus = 8, .powerStepKw = 1.2, .longestWaitMs = 10 * kMinuteMs};
    plan.request.deadlineMs = 10 * kMinuteMs;
    plan.needsApproval = false;
    plan.approvalWhy.clear();
    plan.waves = {1};
    return plan;
}

Action runningDrain(std::int64_t nowMs) {
    Action action{.id = "lga1/01JDACTION0000000000008815", .verb = Verb::drain, .state = ActionState::running, .sentence = "waits for processes on 6 nodes", .reason = "network INC-2291: leaf lf2 is dead, replace the switch", .actor = "m.chen"};
    action.createdWallMs = action.startedWallMs = nowMs - 25 * kMinuteMs;
    action.deadlineMs = 2 * kHourMs;
    action.blast = drainPlan(nowMs).blast;
    action.breaker = {.failures = 1, .failureLimit = 3, .wave = 3, .waveFailed = 1, .waveTargets = 31, .wavePercent = 10, .siteClosed = 34, .siteLimit = 320, .siteNodes = 640, .siteWindowMs = 5 * kMinuteMs};
    for (int i = 0; i < 34; ++i) {
        const TargetState state = i < 23 ? TargetState::succeeded : i < 25 ? TargetState::verifying : i < 31 ? TargetState::running : i < 32 ? TargetState::failed : TargetState::waiting;
        action.targets.push_back(record(i, state, nowMs));
    }
    for (int i = 0; i < 12; ++i)
        action.log.push_back({nowMs - (12 - i) * 40'000, nodeName(i + 12), i % 2 == 0 ? "close: hook 10-slurm exit 0, read back DRAINED" : "wait: 8 processes"});
    return action;
}

Action finishedDrain(std::int64_t nowMs) {
    Action action = runningDrain(nowMs - kHourMs);
    action.id = "lga1/01JDACTION0000000000008806";
    action.targets.resize(2);
    action.state = ActionState::succeeded;
    action.sentence = "2 of 2 nodes are drained";
    action.endedWallMs = nowMs - kHourMs;
    return action;
}

Action burnInAction(std::int64_t nowMs) {
    Action action{.id = "lga1/01JDACTION0000000000008821", .verb = Verb::provision, .state = ActionState::failed, .sentence = "0 succeeded, 1 failed", .reason = "firmware: new rack r05", .actor = "l.wong"};
    action.createdWallMs = action.startedWallMs = nowMs - 9 * kMinuteMs;
    action.endedWallMs = nowMs - kMinuteMs;
    action.details.profile = "quick";
    TargetRecord target{.nodeId = nodeName(0), .state = TargetState::failed, .sentence = "GPU-9f2c0005: HBM copy is 1612 GB/s, at least 2000 is asked (thresholds.toml: H200)", .startedWallMs = action.startedWallMs, .endedWallMs = action.endedWallMs};
    StepRecord inspect = step(StepKind::inspect, StepState::succeeded, action.startedWallMs), burn = step(StepKind::burnIn, StepState::failed, action.startedWallMs + 5'000);
    burn.endedWallMs = action.endedWallMs;
    using Rule = TestFigure::Rule;
    for (int gpu = 0; gpu < 8; ++gpu) {
        const std::string subject = fmt::format("GPU-{:08x}-5a1c-7d7a-4e0b-0123456789ab", 0x9f2c0000 + gpu);
        inspect.evidence.push_back({.subject = subject, .fact = "PCIe generation and width", .before = "", .after = "5 x16", .expected = "5 x16", .source = "simulated nvml", .verdict = Verdict::asSet, .readWallMs = nowMs});
        burn.evidence.push_back({.subject = subject, .fact = "XIDs during the test", .before = "0", .after = gpu == 5 ? "1" : "0", .expected = "0", .source = "simulated nvml", .verdict = gpu == 5 ? Verdict::notAsSet : Verdict::asSet, .readWallMs = nowMs});
        burn.figures.push_back({subject, "HBM copy", "GB/s", gpu == 5 ? 1612.0 : 2304.5 + 9 * gpu, Rule::atLeast, 2000, "thresholds.toml: H200 hbm_copy", 2331.5, gpu == 5 ? 128 : 71 - 9 * gpu, 128});
        burn.figures.push_back({subject, "bf16 GEMM, own kernel", "TFLOP/s", 412.25 + gpu, Rule::atLeast, 380, "thresholds.toml: H200 bf16"});
        burn.figures.push_back({subject, "wrong sums", "", 0, Rule::atMost, 0, "a wrong sum is never right"});
        burn.figures.push_back({subject, "power at full load", "W", 688.5 - gpu, Rule::none, 0, ""});
    }
    target.steps = {inspect, burn};
    action.targets = {target};
    return action;
}

namespace {

GpuDetail gpuDetail(int index) {
    GpuDetail gpu{.identity = {.pciAddress = fmt::format("00000000:{:02x}:00.0", 0x1b + 16 * index), .uuid = fmt::format("GPU-{:08x}", 0x9f2c0000 + index), .model = "NVIDIA H200", .serial = fmt::format("16524471{:02}", index), .vbios = "96.00.A5", .memoryMib = 143'771, .driverIndex = index}};
    const std::pair<Metric, std::int64_t> values[] = {{Metric::gpuUtil, 93 + index % 4}, {Metric::smActive, index == 7 ? kNotSupported : 88 + index % 3}, {Metric::memUsed, 121'034}, {Metric::memTotal, 143'771}, {Metric::temperature, 58 + index}, {Metric::memTemperature, 71 + index}, {Metric::power, 640 + 6 * index}, {Metric::powerLimit, 700},
        {Metric::smClock, 1'830}, {Metric::eccCorrected, index == 5 ? 12 : 0}, {Metric::eccUncorrected, 0}, {Metric::remappedRows, index == 5 ? 1 : 0}, {Metric::pcieGen, 5}, {Metric::pcieWidth, 16}, {Metric::nvlinksUp, 18}, {Metric::nvlinksTotal, 18}};
    for (const auto& [metric, value] : values)
        gpu.metrics.push_back({.metric = metric, .value = value, .ageMs = 600, .missing = value == kNotSupported ? "the device lacks GPM" : ""});
    gpu.lease = "LS-4402";
    gpu.tenant = "helix-bio";
    return gpu;
}

} // namespace

NodeDetail busyNode(std::int64_t nowMs) {
    NodeDetail detail{.id = "lga1/b07-r12-u14", .place = {.hall = "b", .row = "b07", .rack = "r12", .unit = 14, .leaf = "lf2", .pdu = "b07-p3"}, .facts = {NodeState::ready, Service::open, Occupancy::leased, Health::degraded, Link::connected}, .source = Source::simulated};
    detail.inventory = {.vendor = "Supermicro", .product = "SYS-821GE", .serial = "1652-0447121", .bootId = "9f2c11", .hostname = "b07-r12-u14", .kernel = "6.1.0-28-amd64", .os = "Debian GNU/Linux 12", .cpuModel = "Intel Xeon Platinum 8480+", .cpuSockets = 2, .cpuCores = 112, .cpuThreads = 224, .memoryMib = 2'063'000};
    detail.inventory.nics = {{"mlx5_0", "mlx5_core", "0000:18:00.0", 400'000, 1}, {"mlx5_2", "mlx5_core", "0000:5a:00.0", 400'000, 0}, {"eno1", "ixgbe", "0000:01:00.0", 10'000, 1}};
    detail.inventory.disks = {{"nvme0n1", "Samsung PM9A3", 3'840'000'000'000}};
    detail.inventory.pciDevices = {{"0000:1b:00.0", "10de:2335", "030200", 5, 16, 5, 16}, {"0000:5a:00.0", "15b3:1021", "020700", 4, 8, 5, 16}};
    detail.inventory.provenance = {"GPU values are those of a model: this node is simulated."};
    detail.inventory.driver = "simulated NVML 580.1";
    detail.inventory.driverPresent = true;
    detail.agentVersion = "0.1.0";
    detail.lastSeenWallMs = detail.asOfWallMs = detail.processesWallMs = nowMs - 600;
    for (int i = 0; i < 8; ++i) {
        detail.gpus.push_back(gpuDetail(i));
        detail.inventory.gpus.push_back(detail.gpus.back().identity);
        detail.processes.push_back({.pid = 31'822 + i, .gpu = i, .user = "r.ivanov", .command = "python3 train.py --config pretrain.yaml", .kind = "compute", .memoryMib = 121'034, .startedWallMs = nowMs - 146 * kHourMs});
    }
    detail.host = {.load1 = 37.5, .cpuPercent = 18, .memoryUsedMib = 412'000, .temperaturesC = {{"Package id 0", 61}, {"Package id 1", 63}}};
    detail.findings = {{.rule = "link.nic.down", .component = "mlx5_2", .sentence = "rail 2 has no link", .health = Health::degraded, .responseClass = 4, .sinceWallMs = nowMs - 12 * kMinuteMs}, {.rule = "mem.remap.pending", .component = "GPU 5", .sentence = "row remap pending (XID 63)", .health = Health::watch, .responseClass = 2, .sinceWallMs = nowMs - 42 * kMinuteMs}};
    detail.events = {{.id = 1, .wallMs = nowMs - 14 * kMinuteMs, .nodeId = detail.id, .kind = EventKind::lease, .text = "lease LS-4402 extended"}, {.id = 2, .wallMs = nowMs - 9 * kMinuteMs, .nodeId = detail.id, .gpu = 5, .kind = EventKind::xid, .severity = 1, .xid = 63, .text = "XID 63: row remapping recorded"}, {.id = 3, .wallMs = nowMs - 3 * kMinuteMs, .nodeId = detail.id, .kind = EventKind::link, .severity = 2, .text = "mlx5_2: link down"}};
    detail.history = {{.fact = "state", .from = "burn-in", .to = "ready", .why = "accepted", .who = "j.park", .wallMs = nowMs - 628 * 24 * kHourMs}, {.fact = "health", .from = "ok", .to = "degraded", .why = "link.nic.down on mlx5_2", .who = "rule", .wallMs = nowMs - 12 * kMinuteMs}};
    detail.reasons = {"mlx5_2: rail 2 has no link", "GPU 5: row remap pending (XID 63)"};
    return detail;
}

NodeDetail driverlessNode(std::int64_t nowMs) {
    NodeDetail detail{.id = "fra1/workbench", .facts = {NodeState::discovered, Service::open, Occupancy::free, Health::unknown, Link::connected}, .source = Source::live};
    detail.inventory = {.vendor = "QEMU", .product = "Standard PC", .bootId = "77aa", .hostname = "workbench", .kernel = "6.1.0-28-amd64", .os = "Debian GNU/Linux 12", .cpuModel = "AMD EPYC", .cpuSockets = 1, .cpuCores = 2, .cpuThreads = 2, .memoryMib = 8'000, .driver = "no NVIDIA driver: libnvidia-ml.so.1 not found"};
    detail.lastSeenWallMs = detail.asOfWallMs = nowMs - 700;
    detail.host = {.load1 = 0.7, .cpuPercent = 21, .memoryUsedMib = 3'100};
    detail.reasons = {"no GPU is known: no NVIDIA driver: libnvidia-ml.so.1 not found"};
    return detail;
}

std::vector<HistorySeries> historyOf(const NodeDetail& detail, std::int64_t nowMs) {
    constexpr int kPoints = 900;
    std::vector<HistorySeries> all;
    for (int gpu = 0; gpu < static_cast<int>(detail.gpus.size()); ++gpu)
        for (const Metric metric : {Metric::gpuUtil, Metric::smActive, Metric::power, Metric::temperature}) {
            if (metric == Metric::smActive && gpu == 7) continue; // that GPU lacks it
            HistorySeries series{.nodeId = detail.id, .gpu = gpu, .metric = metric, .startWallMs = nowMs - kPoints * 1'000, .stepMs = 1'000};
            for (int i = 0; i < kPoints; ++i) {
                const double dip = i % 140 > 128 ? 0.55 : 1.0;
                const double wave = std::sin(i / 9.0 + gpu) * 2 + std::sin(i * 1.7 + gpu) * 1.5;
                const double level = metric == Metric::gpuUtil || metric == Metric::smActive ? 93 * dip + wave : metric == Metric::power ? 640 * (0.3 + 0.7 * dip) + wave * 6 : 60 + gpu + wave * 0.3;
                const auto value = static_cast<std::int64_t>(std::lround(level));
                const bool gap = i > 300 && i < 325;
                series.min.push_back(gap ? kNotRead : value - 2);
                series.avg.push_back(gap ? kNotRead : value);
                series.max.push_back(gap ? kNotRead : metric == Metric::gpuUtil || metric == Metric::smActive ? std::min<std::int64_t>(100, value + 2) : value + 2);
            }
            all.push_back(std::move(series));
        }
    return all;
}

} // namespace busbar::samples
