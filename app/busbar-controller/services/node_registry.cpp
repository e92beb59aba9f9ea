#include "busbar-controller/services/node_registry.h"

#include "base/ids.h"
#include "busbar-controller/ingest/fleet_table.h"
#include "busbar/v1/agent_link.pb.h"
#include "wire/codec.h"

#include <spdlog/spdlog.h>

namespace busbar::controller {
namespace {

constexpr std::string_view kPrefix = "/nodes/";
constexpr std::string_view kSuffix = "/hello";

} // namespace

Status NodeRegistry::load(FleetTable& table) {
    const StatusOr<std::vector<Entry>> entries = m_store.list(std::string(kPrefix));
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries) {
        if (!entry.key.ends_with(kSuffix)) continue;
        v1::Hello message;
        StatusOr<AgentHello> hello = message.ParseFromString(entry.value) ? wire::decode(message) : invalid("the value is no Hello");
        const Status status = hello.ok() ? table.remember(*hello, 0) : hello.status();
        if (status.ok())
            m_written[entry.key] = entry.value;
        else
            spdlog::warn("{} in the store is not understood and left alone: {}", entry.key, sentenceOf(status));
    }
    return absl::OkStatus();
}

void NodeRegistry::note(const AgentHello& hello) {
    const StatusOr<NodeId> id = NodeId::parse(hello.nodeId);
    if (!id.ok()) return;
    v1::Hello message;
    wire::encode(hello, &message);
    // Only who it is: these change with each session.
    message.clear_journal();
    message.clear_leases();
    message.clear_highest_term();
    message.set_instance_id("remembered");
    const std::string key = fmt::format("{}{}{}", kPrefix, id->name, kSuffix);
    std::string bytes = message.SerializeAsString();
    const std::lock_guard lock(m_mutex);
    if (const auto written = m_written.find(key); written != m_written.end() && written->second == bytes) return;
    m_pending[key] = std::move(bytes);
}

Status NodeRegistry::flush() {
    std::map<std::string, std::string> pending;
    {
        const std::lock_guard lock(m_mutex);
        pending.swap(m_pending);
    }
    if (pending.empty()) return absl::OkStatus();
    Transaction transaction;
    for (const auto& [key, bytes] : pending) transaction.puts.push_back({key, bytes, 0});
    const Status status = m_store.commit(transaction).status();
    const std::lock_guard lock(m_mutex);
    if (!status.ok()) {
        m_pending.merge(pending); // keeps what came in meanwhile, which is newer
        return status;
    }
    for (auto& [key, bytes] : pending) m_written[key] = std::move(bytes);
    return status;
}

} // namespace busbar::controller
