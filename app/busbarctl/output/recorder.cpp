#include "busbarctl/output/recorder.h"

#include "busbarctl/output/text.h"

#include <algorithm>

namespace busbar::ctl {
namespace {

Json headerOf(const NodeDetail& node, int everyMs) {
    Json gpus = Json::array(), metrics = Json::object(), unsupported = Json::object();
    for (const GpuDetail& gpu : node.gpus)
        gpus.push_back({{"pci_address", gpu.identity.pciAddress}, {"uuid", gpu.identity.uuid}, {"model", gpu.identity.model}, {"vbios", gpu.identity.vbios}, {"memory_mib", gpu.identity.memoryMib}});
    for (const MetricInfo& info : allMetrics())
        if (isRecorded(info.metric)) metrics[std::string(info.key)] = info.unit;
    for (const auto& [metric, why] : node.inventory.unsupported)
        if (isRecorded(metric)) unsupported[std::string(infoOf(metric).key)] = why;
    return {{"busbar_recording", 1},
            {"node", node.id},
            {"source", toString(node.source)},
            {"driver", node.inventory.driver},
            {"model", node.gpus.empty() ? "" : node.gpus.front().identity.model},
            {"start", transport::isoTime(node.asOfWallMs)},
            {"start_wall_ms", node.asOfWallMs},
            {"hz", 1000.0 / everyMs},
            {"agent_version", node.agentVersion},
            {"provenance", node.inventory.provenance},
            {"gpus", gpus},
            {"metrics", metrics},
            {"unsupported", unsupported}};
}

} // namespace

bool isRecorded(Metric metric) {
    return metric != Metric::unknown && metric != Metric::health && metric != Metric::occupancy && metric != Metric::lease && metric != Metric::lastXid;
}

Recorder::Recorder(const NodeDetail& node, int everyMs, Sink sink) : m_id(node.id), m_gpus(node.gpus.size()), m_everyMs(everyMs), m_sink(std::move(sink)), m_startWallMs(node.asOfWallMs) {
    m_sink(headerOf(node, everyMs));
}

std::int64_t Recorder::at(std::int64_t wallMs) {
    m_lastMs = std::max({m_lastMs, std::int64_t{0}, wallMs - m_startWallMs});
    return m_lastMs;
}

void Recorder::take(const WatchBatch& batch) {
    if (!m_trouble.ok()) return;
    switch (batch.kind) {
    case WatchBatch::Kind::snapshotBegin:
        m_known = false;
        m_rows = m_node = 0;
        break;
    case WatchBatch::Kind::nodes: takeNodes(batch.nodes); break;
    case WatchBatch::Kind::column: takeColumn(batch.column); break;
    case WatchBatch::Kind::facts: takeFacts(batch.facts); break;
    case WatchBatch::Kind::event: takeEvent(batch.event); break;
    case WatchBatch::Kind::snapshotEnd:
        if (!m_known) m_trouble = notFound("{} is no longer at its site", m_id);
        break;
    // Comes after the values of its round: what waits is whole.
    case WatchBatch::Kind::heartbeat: if (m_waitingWallMs != 0 && m_waitingWallMs < batch.heartbeat.controllerWallMs) flush(); break;
    default: break;
    }
}

void Recorder::takeNodes(const NodeBatch& nodes) {
    const std::string name = m_id.substr(m_id.find('/') + 1);
    for (std::size_t i = 0; i < nodes.names.size(); ++i) {
        if (!m_known && nodes.names[i] == name) {
            m_known = true;
            m_node = nodes.first + static_cast<std::uint32_t>(i);
            m_firstRow = m_rows;
            if (nodes.gpuCount[i] != m_gpus) m_trouble = refused("{} has {} GPUs now, {} at the start of the recording", m_id, nodes.gpuCount[i], m_gpus);
        }
        m_rows += nodes.gpuCount[i];
    }
}

void Recorder::takeColumn(const ColumnBatch& column) {
    // A watched node's columns come as one run over its rows; the fleet's own columns are of no interest here.
    if (!m_known || !isRecorded(column.metric) || column.firstRow != m_firstRow || !column.rows.empty() || column.values.size() != m_gpus) return;
    if (m_waitingWallMs != 0 && column.observedWallMs >= m_waitingWallMs + m_everyMs) flush();
    if (m_waitingWallMs == 0) m_waitingWallMs = column.observedWallMs;
    m_changed[column.metric] = column.values;
}

void Recorder::takeFacts(const FactsBatch& facts) {
    const auto found = std::find(facts.nodes.begin(), facts.nodes.end(), m_node);
    if (!m_known || found == facts.nodes.end()) return;
    const auto place = static_cast<std::size_t>(found - facts.nodes.begin());
    if (facts.facts[place].link == m_link) return;
    m_link = facts.facts[place].link;
    flush();
    m_sink({{"t", at(facts.lastSeenWallMs[place])}, {"link", toString(m_link)}});
}

void Recorder::takeEvent(const FleetEvent& event) {
    const bool ofHardware = event.kind == EventKind::xid || event.kind == EventKind::sxid || event.kind == EventKind::kernel;
    if (event.nodeId != m_id || !ofHardware || event.wallMs < m_startWallMs) return; // A snapshot brings older ones too.
    flush();
    m_sink({{"t", at(event.wallMs)}, {"event", {{"kind", toString(event.kind)}, {"severity", event.severity}, {"gpu", event.gpu}, {"xid", event.xid}, {"text", event.text}}}});
}

void Recorder::flush() {
    Json values = Json::object();
    for (auto& [metric, column] : m_changed) {
        auto& known = m_values[metric];
        if (known != column) values[std::string(infoOf(metric).key)] = column;
        known = std::move(column);
    }
    m_changed.clear();
    const std::int64_t wallMs = std::exchange(m_waitingWallMs, 0);
    if (values.empty()) return;
    m_sink({{"t", at(wallMs)}, {"values", values}});
    ++m_changes;
}

void Recorder::end(const std::string& why) {
    flush();
    m_sink({{"t", std::max<std::int64_t>(m_lastMs, 0)}, {"end", why}, {"changes", m_changes}});
}

} // namespace busbar::ctl
