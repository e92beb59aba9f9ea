#include "busbar/v1/fleet.pb.h"
#include "wire/bounds.h"
#include "wire/codec.h"

namespace busbar::wire {
namespace {

constexpr std::size_t kMaxSeries = kMaxGpusPerNode * static_cast<std::size_t>(Metric::count_);
constexpr std::size_t kMaxPoints = 100'000;

void encodeGpu(const GpuDetail& from, v1::GpuDetail* to) {
    auto* identity = to->mutable_identity();
    identity->set_pci_address(cut(from.identity.pciAddress, 64));
    identity->set_uuid(cut(from.identity.uuid, 96));
    identity->set_model(cut(from.identity.model, 96));
    identity->set_serial(cut(from.identity.serial, 96));
    identity->set_vbios(cut(from.identity.vbios, 96));
    identity->set_memory_mib(from.identity.memoryMib);
    identity->set_driver_index(from.identity.driverIndex);
    for (const GpuDetail::Value& value : from.metrics) {
        auto* out = to->add_metrics();
        out->set_metric(static_cast<std::uint32_t>(value.metric));
        out->set_value(value.value);
        out->set_age_ms(value.ageMs);
        out->set_missing(cut(value.missing));
    }
    to->set_lease(cut(from.lease, 96));
    to->set_tenant(cut(from.tenant, 96));
    to->set_service(static_cast<std::uint32_t>(from.service));
    to->set_service_why(cut(from.serviceWhy));
}

GpuDetail decodeGpu(Bounds& check, const v1::GpuDetail& from) {
    GpuDetail to;
    const auto& identity = from.identity();
    to.identity = {check.text("pci address", identity.pci_address(), 64), check.text("uuid", identity.uuid(), 96), check.text("model", identity.model(), 96),
                   check.text("serial", identity.serial(), 96), check.text("vbios", identity.vbios(), 96), check.number("memory", identity.memory_mib(), 0, INT64_MAX),
                   static_cast<int>(check.number("driver index", identity.driver_index(), -1, 1024))};
    check.count("metrics", static_cast<std::size_t>(from.metrics_size()), static_cast<std::size_t>(Metric::count_));
    if (!check.ok()) return to;
    for (const auto& value : from.metrics()) {
        const Metric metric = infoOf(static_cast<Metric>(std::min<std::uint32_t>(value.metric(), 255))).metric;
        if (metric == Metric::unknown) continue;
        to.metrics.push_back({metric, check.number("value", value.value(), kNotRead, INT64_MAX), check.number("age", value.age_ms(), -1, INT64_MAX), check.text("missing", value.missing())});
    }
    to.lease = check.text("lease", from.lease(), 96);
    to.tenant = check.text("tenant", from.tenant(), 96);
    to.service = enumOf(from.service(), Service::opening, Service::unknown);
    to.serviceWhy = check.text("service why", from.service_why());
    return to;
}

void encodeLists(const NodeDetail& from, v1::NodeDetail* to) {
    for (const GpuDetail& gpu : from.gpus) encodeGpu(gpu, to->add_gpus());
    for (const Process& process : from.processes) encode(process, to->add_processes());
    for (const Finding& finding : from.findings) encode(finding, to->add_findings());
    for (const FleetEvent& event : from.events) encode(event, to->add_events());
    for (const FactChange& change : from.history) encode(change, to->add_history());
    for (const std::string& sentence : from.stuck) to->add_stuck(cut(sentence));
    for (const std::string& sentence : from.reasons) to->add_reasons(cut(sentence));
}

void decodeLists(Bounds& check, const v1::NodeDetail& from, NodeDetail& to) {
    check.count("gpus", static_cast<std::size_t>(from.gpus_size()), kMaxGpusPerNode);
    check.count("processes", static_cast<std::size_t>(from.processes_size()), kMaxProcessesPerNode);
    check.count("findings", static_cast<std::size_t>(from.findings_size()), 4096);
    check.count("events", static_cast<std::size_t>(from.events_size()), 4096);
    check.count("history", static_cast<std::size_t>(from.history_size()), 4096);
    check.count("stuck", static_cast<std::size_t>(from.stuck_size()), kMaxItemsPerList);
    check.count("reasons", static_cast<std::size_t>(from.reasons_size()), kMaxItemsPerList);
    if (!check.ok()) return;
    for (const auto& gpu : from.gpus()) to.gpus.push_back(decodeGpu(check, gpu));
    for (const auto& process : from.processes()) to.processes.push_back(check.take(decode(process)));
    for (const auto& finding : from.findings()) to.findings.push_back(check.take(decode(finding)));
    for (const auto& event : from.events()) to.events.push_back(check.take(decode(event)));
    for (const auto& change : from.history()) to.history.push_back(check.take(decode(change)));
    for (const std::string& sentence : from.stuck()) to.stuck.push_back(check.text("stuck", sentence));
    for (const std::string& sentence : from.reasons()) to.reasons.push_back(check.text("reason", sentence));
}

} // namespace

void encode(const FactChange& from, v1::FactChange* to) {
    to->set_fact(cut(from.fact, 32));
    to->set_from(cut(from.from, 64));
    to->set_to(cut(from.to, 64));
    to->set_why(cut(from.why));
    to->set_who(cut(from.who, 128));
    to->set_wall_ms(from.wallMs);
}

StatusOr<FactChange> decode(const v1::FactChange& from) {
    Bounds check("change of a fact");
    FactChange to{check.text("fact", from.fact(), 32), check.text("from", from.from(), 64), check.text("to", from.to(), 64), check.text("why", from.why()),
                  check.text("who", from.who(), 128), check.wallMs("time", from.wall_ms())};
    if (!check.ok()) return check.status();
    return to;
}

void encode(const NodeDetail& from, v1::NodeDetail* to) {
    to->set_id(from.id);
    encode(from.place, to->mutable_place());
    appendFacts(from.facts, to->mutable_facts());
    to->set_source(static_cast<std::uint32_t>(from.source));
    encode(from.inventory, to->mutable_inventory());
    to->mutable_policy()->set_settings_allowed(from.policy.settingsAllowed);
    to->mutable_policy()->set_terminate_holders(from.policy.terminateHolders);
    to->mutable_policy()->set_reboot_allowed(from.policy.rebootAllowed);
    to->set_agent_version(cut(from.agentVersion, 64));
    to->set_instance_id(cut(from.instanceId, 64));
    to->set_last_seen_wall_ms(from.lastSeenWallMs);
    to->set_as_of_wall_ms(from.asOfWallMs);
    to->set_processes_wall_ms(from.processesWallMs);
    encode(from.host, to->mutable_host());
    encodeLists(from, to);
}

StatusOr<NodeDetail> decode(const v1::NodeDetail& from) {
    Bounds check("node");
    NodeDetail to;
    to.id = check.nodeId("id", from.id());
    to.place = check.take(decode(from.place()));
    to.facts = check.take(readFacts(from.facts()));
    to.source = enumOf(from.source(), Source::simulated, Source::unknown);
    to.inventory = check.take(decode(from.inventory()));
    to.policy = {from.policy().settings_allowed(), from.policy().terminate_holders(), from.policy().reboot_allowed()};
    to.agentVersion = check.text("agent version", from.agent_version(), 64);
    to.instanceId = check.text("instance id", from.instance_id(), 64);
    to.lastSeenWallMs = check.wallMs("last seen", from.last_seen_wall_ms());
    to.asOfWallMs = check.wallMs("as of", from.as_of_wall_ms());
    to.processesWallMs = check.wallMs("processes time", from.processes_wall_ms());
    to.host = check.take(decode(from.host()));
    decodeLists(check, from, to);
    if (!check.ok()) return check.status();
    return to;
}

void encode(const std::vector<HistorySeries>& from, v1::HistoryReply* to) {
    for (const HistorySeries& series : from) {
        auto* out = to->add_series();
        out->set_gpu(series.gpu);
        out->set_metric(static_cast<std::uint32_t>(series.metric));
        out->set_start_wall_ms(series.startWallMs);
        out->set_step_ms(series.stepMs);
        out->mutable_min()->Add(series.min.begin(), series.min.end());
        out->mutable_avg()->Add(series.avg.begin(), series.avg.end());
        out->mutable_max()->Add(series.max.begin(), series.max.end());
    }
}

StatusOr<std::vector<HistorySeries>> decode(const v1::HistoryReply& from, const std::string& nodeId) {
    Bounds check("history");
    check.count("series", static_cast<std::size_t>(from.series_size()), kMaxSeries);
    if (!check.ok()) return check.status();
    std::vector<HistorySeries> to;
    for (const auto& series : from.series()) {
        check.count("points", static_cast<std::size_t>(series.avg_size()), kMaxPoints);
        if (series.min_size() != series.avg_size() || series.max_size() != series.avg_size()) check.refuse(invalid("history: columns of different length"));
        HistorySeries out;
        out.nodeId = nodeId;
        out.gpu = static_cast<int>(check.number("gpu", series.gpu(), 0, static_cast<std::int64_t>(kMaxGpusPerNode) - 1));
        out.metric = infoOf(static_cast<Metric>(std::min<std::uint32_t>(series.metric(), 255))).metric;
        out.startWallMs = check.wallMs("start", series.start_wall_ms());
        out.stepMs = check.number("step", series.step_ms(), 1, 86'400'000);
        out.min.assign(series.min().begin(), series.min().end());
        out.avg.assign(series.avg().begin(), series.avg().end());
        out.max.assign(series.max().begin(), series.max().end());
        if (!check.ok()) return check.status();
        to.push_back(std::move(out));
    }
    return to;
}

} // namespace busbar::wire
