#include "busbar/v1/fleet.pb.h"
#include "wire/bounds.h"
#include "wire/codec.h"

#include <cstring>

namespace busbar::wire {
namespace {

constexpr std::size_t kMaxNodesPerChunk = 65'536;
constexpr std::size_t kMaxRowsPerChunk = 1u << 20;
constexpr std::size_t kMaxStringsPerChunk = 65'536;
constexpr std::size_t kMaxWatched = 64;

std::string bytesOf(const std::vector<std::uint8_t>& values) { return {values.begin(), values.end()}; }

void encodeNodes(const NodeBatch& from, v1::NodeChunk* to) {
    to->set_first(from.first);
    to->set_count(static_cast<std::uint32_t>(from.names.size()));
    std::string* names = to->mutable_names();
    for (const std::string& name : from.names) {
        names->append(name);
        names->push_back('\n');
    }
    for (const std::string& text : from.newStrings) to->add_new_strings(cut(text, 96));
    appendU32(from.hall, to->mutable_hall());
    appendU32(from.row, to->mutable_row());
    appendU32(from.rack, to->mutable_rack());
    appendU32(from.leaf, to->mutable_leaf());
    appendU32(from.pdu, to->mutable_pdu());
    appendU32(from.model, to->mutable_model());
    appendU32(from.driver, to->mutable_driver());
    to->set_unit(bytesOf(from.unit));
    to->set_gpu_count(bytesOf(from.gpuCount));
    to->set_source(bytesOf(from.source));
}

Status readNames(const std::string& bytes, std::size_t count, std::vector<std::string>* names) {
    names->reserve(count);
    std::size_t start = 0;
    while (start < bytes.size()) {
        const std::size_t end = bytes.find('\n', start);
        if (end == std::string::npos || names->size() == count) return invalid("nodes: names do not match the count {}", count);
        std::string name = bytes.substr(start, end - start);
        if (!isValidName(name)) return invalid("nodes: name {} of the chunk is not a valid node name", names->size());
        names->push_back(std::move(name));
        start = end + 1;
    }
    if (names->size() != count) return invalid("nodes: {} names for a count of {}", names->size(), count);
    return absl::OkStatus();
}

StatusOr<std::vector<std::uint8_t>> readBytes(std::string_view field, const std::string& bytes, std::size_t count) {
    if (bytes.size() != count) return invalid("{}: {} values for {} nodes", field, bytes.size(), count);
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
}

StatusOr<NodeBatch> decodeNodes(const v1::NodeChunk& from) {
    Bounds check("nodes");
    NodeBatch to;
    to.first = from.first();
    const auto count = static_cast<std::size_t>(from.count());
    check.count("nodes", count, kMaxNodesPerChunk);
    check.count("new strings", static_cast<std::size_t>(from.new_strings_size()), kMaxStringsPerChunk);
    if (!check.ok()) return check.status();
    check.part(readNames(from.names(), count, &to.names));
    for (const std::string& text : from.new_strings()) to.newStrings.push_back(check.text("string", text, 96));
    const auto indices = [&](std::string_view field, const std::string& bytes) {
        auto values = check.take(readU32(field, bytes));
        if (check.ok() && values.size() != count) check.refuse(invalid("nodes: {} has {} values for {} nodes", field, values.size(), count));
        return values;
    };
    to.hall = indices("hall", from.hall());
    to.row = indices("row", from.row());
    to.rack = indices("rack", from.rack());
    to.leaf = indices("leaf", from.leaf());
    to.pdu = indices("pdu", from.pdu());
    to.model = indices("model", from.model());
    to.driver = indices("driver", from.driver());
    to.unit = check.take(readBytes("unit", from.unit(), count));
    to.gpuCount = check.take(readBytes("gpu count", from.gpu_count(), count));
    to.source = check.take(readBytes("source", from.source(), count));
    for (std::uint8_t& gpus : to.gpuCount) gpus = static_cast<std::uint8_t>(check.number("gpu count", gpus, 0, static_cast<std::int64_t>(kMaxGpusPerNode)));
    for (std::uint8_t& source : to.source) source = static_cast<std::uint8_t>(enumOf(source, Source::simulated, Source::unknown));
    if (!check.ok()) return check.status();
    return to;
}

void encodeFacts(const FactsBatch& from, v1::FactsChunk* to) {
    appendU32(from.nodes, to->mutable_nodes());
    std::string* facts = to->mutable_facts();
    for (const NodeFacts& fact : from.facts) appendFacts(fact, facts);
    if (!from.lastSeenWallMs.empty())
        to->mutable_last_seen()->assign(reinterpret_cast<const char*>(from.lastSeenWallMs.data()), from.lastSeenWallMs.size() * sizeof(std::int64_t));
}

StatusOr<FactsBatch> decodeFacts(const v1::FactsChunk& from) {
    Bounds check("facts");
    FactsBatch to;
    to.nodes = check.take(readU32("nodes", from.nodes()));
    check.count("nodes", to.nodes.size(), kMaxRowsPerChunk);
    if (from.facts().size() != to.nodes.size() * kFactBytes) check.refuse(invalid("facts: {} bytes for {} nodes", from.facts().size(), to.nodes.size()));
    if (from.last_seen().size() != to.nodes.size() * sizeof(std::int64_t)) check.refuse(invalid("facts: {} bytes of last-seen times for {} nodes", from.last_seen().size(), to.nodes.size()));
    if (!check.ok()) return check.status();
    const std::string_view bytes = from.facts();
    for (std::size_t i = 0; i < to.nodes.size(); ++i) to.facts.push_back(check.take(readFacts(bytes.substr(i * kFactBytes, kFactBytes))));
    to.lastSeenWallMs.resize(to.nodes.size());
    if (!to.nodes.empty()) std::memcpy(to.lastSeenWallMs.data(), from.last_seen().data(), from.last_seen().size());
    return to;
}

void encodeColumn(const ColumnBatch& from, v1::ColumnChunk* to) {
    to->set_metric(static_cast<std::uint32_t>(from.metric));
    to->set_observed_wall_ms(from.observedWallMs);
    to->set_first_row(from.firstRow);
    appendU32(from.rows, to->mutable_rows());
    appendValues(from.metric, from.values, to->mutable_values());
}

StatusOr<ColumnBatch> decodeColumn(const v1::ColumnChunk& from) {
    Bounds check("column");
    ColumnBatch to;
    to.metric = infoOf(static_cast<Metric>(std::min<std::uint32_t>(from.metric(), 255))).metric;
    to.observedWallMs = check.wallMs("time", from.observed_wall_ms());
    to.firstRow = from.first_row();
    to.rows = check.take(readU32("rows", from.rows()));
    to.values = check.take(readValues(to.metric, from.values()));
    check.count("values", to.values.size(), kMaxRowsPerChunk);
    if (check.ok() && !to.rows.empty() && to.rows.size() != to.values.size())
        check.refuse(invalid("column {}: {} rows and {} values", infoOf(to.metric).key, to.rows.size(), to.values.size()));
    if (!check.ok()) return check.status();
    return to;
}

} // namespace

void encode(const WatchInterest& from, v1::WatchRequest* to) {
    for (const Metric metric : from.columns) to->add_columns(static_cast<std::uint32_t>(metric));
    to->set_period_ms(static_cast<std::uint32_t>(from.periodMs));
    for (const std::string& id : from.watchedNodes) to->add_watched_nodes(id);
    to->set_resume_epoch(from.resumeEpoch);
    to->set_resume_revision(from.resumeRevision);
}

StatusOr<WatchInterest> decode(const v1::WatchRequest& from) {
    Bounds check("watch");
    WatchInterest to;
    check.count("columns", static_cast<std::size_t>(from.columns_size()), static_cast<std::size_t>(Metric::count_));
    check.count("watched nodes", static_cast<std::size_t>(from.watched_nodes_size()), kMaxWatched);
    to.periodMs = from.period_ms() == 0 ? 1000 : static_cast<int>(check.number("period", from.period_ms(), 100, 60'000));
    if (!check.ok()) return check.status();
    for (const std::uint32_t value : from.columns()) {
        const Metric metric = infoOf(static_cast<Metric>(std::min<std::uint32_t>(value, 255))).metric;
        if (metric != Metric::unknown && infoOf(metric).fleetColumn) to.columns.push_back(metric);
    }
    for (const std::string& id : from.watched_nodes()) to.watchedNodes.push_back(check.nodeId("watched node", id));
    to.resumeEpoch = from.resume_epoch();
    to.resumeRevision = from.resume_revision();
    if (!check.ok()) return check.status();
    return to;
}

void encode(const WatchBatch& from, v1::WatchEvent* to) {
    to->set_epoch(from.epoch);
    to->set_revision(from.revision);
    switch (from.kind) {
    case WatchBatch::Kind::snapshotBegin:
        to->mutable_snapshot_begin()->set_node_total(from.nodeTotal);
        to->mutable_snapshot_begin()->set_row_total(from.rowTotal);
        break;
    case WatchBatch::Kind::nodes: encodeNodes(from.nodes, to->mutable_nodes()); break;
    case WatchBatch::Kind::facts: encodeFacts(from.facts, to->mutable_facts()); break;
    case WatchBatch::Kind::column: encodeColumn(from.column, to->mutable_column()); break;
    case WatchBatch::Kind::leases:
        for (const LeaseInfo& lease : from.leases) encode(lease, to->mutable_leases()->add_leases());
        break;
    case WatchBatch::Kind::snapshotEnd: to->mutable_snapshot_end(); break;
    case WatchBatch::Kind::heartbeat: to->mutable_heartbeat()->set_controller_wall_ms(from.heartbeat.controllerWallMs); break;
    case WatchBatch::Kind::event: encode(from.event, to->mutable_event()); break;
    case WatchBatch::Kind::unknown: break;
    }
}

StatusOr<WatchBatch> decode(const v1::WatchEvent& from) {
    Bounds check("watch event");
    WatchBatch to;
    to.epoch = from.epoch();
    to.revision = from.revision();
    switch (from.body_case()) {
    case v1::WatchEvent::kSnapshotBegin:
        to.kind = WatchBatch::Kind::snapshotBegin;
        to.nodeTotal = static_cast<std::uint32_t>(check.number("node total", from.snapshot_begin().node_total(), 0, 4'000'000));
        to.rowTotal = static_cast<std::uint32_t>(check.number("row total", from.snapshot_begin().row_total(), 0, 16'000'000));
        break;
    case v1::WatchEvent::kNodes:
        to.kind = WatchBatch::Kind::nodes;
        to.nodes = check.take(decodeNodes(from.nodes()));
        break;
    case v1::WatchEvent::kFacts:
        to.kind = WatchBatch::Kind::facts;
        to.facts = check.take(decodeFacts(from.facts()));
        break;
    case v1::WatchEvent::kColumn:
        to.kind = WatchBatch::Kind::column;
        to.column = check.take(decodeColumn(from.column()));
        break;
    case v1::WatchEvent::kLeases:
        to.kind = WatchBatch::Kind::leases;
        check.count("leases", static_cast<std::size_t>(from.leases().leases_size()), kMaxRowsPerChunk);
        if (!check.ok()) break;
        for (const auto& lease : from.leases().leases()) to.leases.push_back(check.take(decode(lease)));
        break;
    case v1::WatchEvent::kSnapshotEnd: to.kind = WatchBatch::Kind::snapshotEnd; break;
    case v1::WatchEvent::kHeartbeat:
        to.kind = WatchBatch::Kind::heartbeat;
        to.heartbeat = {check.wallMs("heartbeat time", from.heartbeat().controller_wall_ms()), from.epoch(), from.revision()};
        break;
    case v1::WatchEvent::kEvent:
        to.kind = WatchBatch::Kind::event;
        to.event = check.take(decode(from.event()));
        break;
    case v1::WatchEvent::BODY_NOT_SET: break; // A newer controller's kind: ignored, not a crash.
    }
    if (!check.ok()) return check.status();
    return to;
}

} // namespace busbar::wire
