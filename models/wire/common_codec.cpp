#include "busbar/v1/common.pb.h"
#include "wire/bounds.h"
#include "wire/codec.h"

namespace busbar::wire {
void encode(const Place& from, v1::Place* to) {
    to->set_hall(from.hall);
    to->set_row(from.row);
    to->set_rack(from.rack);
    to->set_unit(static_cast<std::uint32_t>(from.unit));
    to->set_leaf(from.leaf);
    to->set_rail(from.rail);
    to->set_pdu(from.pdu);
    to->set_feed(from.feed);
    to->set_loop(from.loop);
}

StatusOr<Place> decode(const v1::Place& from) {
    Bounds check("place");
    Place to{check.name("hall", from.hall()), check.name("row", from.row()), check.name("rack", from.rack()),
             static_cast<int>(check.number("unit", from.unit(), 0, 60)), check.name("leaf", from.leaf()), check.name("rail", from.rail()),
             check.name("pdu", from.pdu()), check.name("feed", from.feed()), check.name("loop", from.loop())};
    if (!check.ok()) return check.status();
    return to;
}

void encode(const Process& from, v1::Process* to) {
    to->set_pid(from.pid);
    to->set_start_ticks(from.startTicks);
    to->set_gpu(from.gpu);
    to->set_user(cut(from.user, 96));
    to->set_command(cut(from.command));
    to->set_kind(cut(from.kind, 32));
    to->set_memory_mib(from.memoryMib);
    to->set_started_wall_ms(from.startedWallMs);
}

StatusOr<Process> decode(const v1::Process& from) {
    Bounds check("process");
    Process to{check.number("pid", from.pid(), 0, INT32_MAX), check.number("start", from.start_ticks(), 0, INT64_MAX),
               static_cast<int>(check.number("gpu", from.gpu(), -1, static_cast<std::int64_t>(kMaxGpusPerNode) - 1)), check.text("user", from.user(), 96),
               check.text("command", from.command()), check.text("kind", from.kind(), 32), check.number("memory", from.memory_mib(), kNotRead, kMaxMib),
               check.wallMs("started", from.started_wall_ms())};
    if (!check.ok()) return check.status();
    return to;
}

void encode(const HostSample& from, v1::HostSample* to) {
    to->set_load1(from.load1);
    to->set_cpu_percent(from.cpuPercent);
    to->set_memory_used_mib(from.memoryUsedMib);
    for (const auto& [sensor, celsius] : from.temperaturesC) {
        auto* out = to->add_temperatures();
        out->set_sensor(cut(sensor, 96));
        out->set_celsius(celsius);
    }
}

StatusOr<HostSample> decode(const v1::HostSample& from) {
    Bounds check("host sample");
    HostSample to;
    to.load1 = check.real("load", from.load1(), -1, 1e6);
    to.cpuPercent = check.real("cpu", from.cpu_percent(), -1, 100.5);
    to.memoryUsedMib = check.number("memory used", from.memory_used_mib(), kNotRead, kMaxMib);
    check.count("temperatures", static_cast<std::size_t>(from.temperatures_size()), kMaxItemsPerList);
    if (!check.ok()) return check.status();
    for (const auto& entry : from.temperatures())
        to.temperaturesC[check.text("sensor", entry.sensor(), 96)] = check.real("temperature", entry.celsius(), -100, 250);
    if (!check.ok()) return check.status();
    return to;
}

void encode(const LeaseInfo& from, v1::Lease* to) {
    to->set_index(from.index);
    to->set_id(cut(from.id, 96));
    to->set_tenant(cut(from.tenant, 96));
    to->set_from_wall_ms(from.fromWallMs);
    to->set_until_wall_ms(from.untilWallMs);
}

StatusOr<LeaseInfo> decode(const v1::Lease& from) {
    Bounds check("lease");
    LeaseInfo to{from.index(), check.text("id", from.id(), 96), check.text("tenant", from.tenant(), 96), check.wallMs("from", from.from_wall_ms()),
                 check.wallMs("until", from.until_wall_ms())};
    if (!check.ok()) return check.status();
    return to;
}

void encode(const FleetEvent& from, v1::Event* to) {
    to->set_id(from.id);
    to->set_wall_ms(from.wallMs);
    to->set_node_id(from.nodeId);
    to->set_gpu(from.gpu);
    to->set_kind(static_cast<std::uint32_t>(from.kind));
    to->set_severity(static_cast<std::uint32_t>(from.severity));
    to->set_xid(static_cast<std::uint32_t>(from.xid));
    to->set_before_agent(from.beforeAgent);
    to->set_text(cut(from.text));
}

StatusOr<FleetEvent> decode(const v1::Event& from) {
    Bounds check("event");
    FleetEvent to;
    to.id = from.id();
    to.wallMs = check.wallMs("time", from.wall_ms());
    to.nodeId = from.node_id().empty() ? std::string() : check.nodeId("node", from.node_id());
    to.gpu = static_cast<int>(check.number("gpu", from.gpu(), -1, static_cast<std::int64_t>(kMaxGpusPerNode) - 1));
    to.kind = enumOf(from.kind(), EventKind::sxid, EventKind::unknown);
    to.severity = static_cast<int>(check.number("severity", from.severity(), 0, 3));
    to.xid = static_cast<int>(check.number("xid", from.xid(), 0, 65'000));
    to.beforeAgent = from.before_agent();
    to.text = check.text("text", from.text());
    if (!check.ok()) return check.status();
    return to;
}

void encode(const Finding& from, v1::Finding* to) {
    to->set_rule(cut(from.rule, 96));
    to->set_component(cut(from.component, 96));
    to->set_sentence(cut(from.sentence));
    to->set_health(static_cast<std::uint32_t>(from.health));
    to->set_response_class(static_cast<std::uint32_t>(from.responseClass));
    to->set_since_wall_ms(from.sinceWallMs);
}

StatusOr<Finding> decode(const v1::Finding& from) {
    Bounds check("finding");
    Finding to{check.text("rule", from.rule(), 96), check.text("component", from.component(), 96), check.text("sentence", from.sentence()),
               enumOf(from.health(), Health::failed, Health::unknown), static_cast<int>(check.number("class", from.response_class(), 0, 4)),
               check.wallMs("since", from.since_wall_ms())};
    if (!check.ok()) return check.status();
    return to;
}

void encode(const MetricColumn& from, v1::Column* to) {
    to->set_metric(static_cast<std::uint32_t>(from.metric));
    appendValues(from.metric, from.values, to->mutable_values());
}

StatusOr<MetricColumn> decode(const v1::Column& from, std::size_t rows) {
    MetricColumn to;
    to.metric = infoOf(static_cast<Metric>(std::min<std::uint32_t>(from.metric(), 255))).metric;
    auto values = readValues(to.metric, from.values());
    if (!values.ok()) return values.status();
    if (to.metric != Metric::unknown && values->size() != rows)
        return invalid("column {} has {} values, the node has {} GPUs", infoOf(to.metric).key, values->size(), rows);
    to.values = *std::move(values);
    return to;
}

void encode(const Evidence& from, v1::Evidence* to) {
    to->set_subject(cut(from.subject, 96));
    to->set_fact(cut(from.fact, 96));
    to->set_before(cut(from.before));
    to->set_after(cut(from.after));
    to->set_expected(cut(from.expected));
    to->set_unit(cut(from.unit, 32));
    to->set_source(cut(from.source, 64));
    to->set_verdict(static_cast<std::uint32_t>(from.verdict));
    to->set_read_wall_ms(from.readWallMs);
}

StatusOr<Evidence> decode(const v1::Evidence& from) {
    Bounds check("evidence");
    Evidence to{check.text("subject", from.subject(), 96), check.text("fact", from.fact(), 96), check.text("before", from.before()), check.text("after", from.after()),
                check.text("expected", from.expected()), check.text("unit", from.unit(), 32), check.text("source", from.source(), 64),
                enumOf(from.verdict(), Verdict::notApplicable, Verdict::unknown), check.wallMs("read time", from.read_wall_ms())};
    if (!check.ok()) return check.status();
    return to;
}

void encode(const Blocker& from, v1::Blocker* to) {
    to->set_pid(from.pid);
    to->set_user(cut(from.user, 96));
    to->set_command(cut(from.command));
    to->set_lease(cut(from.lease, 96));
    to->set_gpu_uuid(cut(from.gpuUuid, 96));
    to->set_memory_mib(from.memoryMib);
    to->set_age_ms(from.ageMs);
    to->set_note(cut(from.note));
}

StatusOr<Blocker> decode(const v1::Blocker& from) {
    Bounds check("blocker");
    Blocker to{check.number("pid", from.pid(), 0, INT32_MAX), check.text("user", from.user(), 96), check.text("command", from.command()), check.text("lease", from.lease(), 96),
               check.text("gpu", from.gpu_uuid(), 96), check.number("memory", from.memory_mib(), kNotRead, kMaxMib), check.number("age", from.age_ms(), -1, INT64_MAX),
               check.text("note", from.note())};
    if (!check.ok()) return check.status();
    return to;
}

} // namespace busbar::wire
