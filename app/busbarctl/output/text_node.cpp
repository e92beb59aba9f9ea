#include "busbarctl/output/table.h"
#include "busbarctl/output/text.h"

#include <algorithm>

namespace busbar::ctl {
namespace {

constexpr std::size_t kShownEvents = 10;

const GpuDetail::Value* find(const GpuDetail& gpu, Metric metric) {
    const auto found = std::find_if(gpu.metrics.begin(), gpu.metrics.end(), [metric](const auto& value) { return value.metric == metric; });
    return found == gpu.metrics.end() ? nullptr : &*found;
}

std::string cellOf(const GpuDetail& gpu, Metric metric) {
    const auto* value = find(gpu, metric);
    return value == nullptr ? "-" : metricText(*value);
}

// Mean over the GPUs that have a value, "-" when none has.
std::string meanOf(const NodeDetail& node, Metric metric) {
    std::int64_t sum = 0, count = 0;
    for (const GpuDetail& gpu : node.gpus)
        if (const auto* value = find(gpu, metric); value != nullptr && value->value >= 0) {
            sum += value->value;
            ++count;
        }
    return count == 0 ? "-" : fmt::format("{} {}", sum / count, infoOf(metric).unit);
}

std::string placeText(const Place& place) {
    std::string text;
    for (const auto& [word, value] : {std::pair{"hall", &place.hall}, {"row", &place.row}, {"rack", &place.rack}, {"leaf", &place.leaf}, {"pdu", &place.pdu}})
        if (!value->empty()) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", word, *value);
    if (place.unit != 0) text += fmt::format("{}unit {}", text.empty() ? "" : ", ", place.unit);
    return text.empty() ? "not known" : text;
}

std::string gpusText(const NodeDetail& node) {
    if (node.gpus.empty()) return fmt::format("GPUs       none: {}\n", node.inventory.driver.empty() ? "the agent has not said why" : node.inventory.driver);
    Table table({"GPU", "UUID", "MODEL", "UTIL", "MEMORY", "TEMP", "POWER", "LEASE", "TENANT", "SERVICE"});
    for (std::size_t i = 0; i < node.gpus.size(); ++i) {
        const GpuDetail& gpu = node.gpus[i];
        table.add({std::to_string(i), gpu.identity.uuid, gpu.identity.model, cellOf(gpu, Metric::gpuUtil), cellOf(gpu, Metric::memUsedPercent), cellOf(gpu, Metric::temperature),
                   cellOf(gpu, Metric::power), gpu.lease, gpu.tenant, isClosedApart(gpu.service) ? std::string(toString(gpu.service)) : ""});
    }
    return "\n" + table.text();
}

std::string processesText(const NodeDetail& node) {
    if (node.processes.empty()) return {};
    Table table({"PID", "GPU", "USER", "MEMORY", "COMMAND"});
    for (const Process& process : node.processes)
        table.add({std::to_string(process.pid), process.gpu < 0 ? "-" : std::to_string(process.gpu), process.user, process.memoryMib < 0 ? "-" : fmt::format("{} MiB", process.memoryMib), process.command});
    return "\n" + table.text();
}

std::string eventsText(const NodeDetail& node) {
    if (node.events.empty()) return {};
    Table table({"TIME", "EVENT", "WHAT"});
    const std::size_t first = node.events.size() > kShownEvents ? node.events.size() - kShownEvents : 0;
    for (std::size_t i = first; i < node.events.size(); ++i) table.add({wordTime(node.events[i].wallMs), std::string(toString(node.events[i].kind)), node.events[i].text});
    return "\n" + table.text();
}

} // namespace

std::string metricText(const GpuDetail::Value& value) {
    if (value.value < 0) return value.missing.empty() ? (value.value == kNotSupported ? "not supported" : "not read") : value.missing;
    const auto unit = infoOf(value.metric).unit;
    return unit.empty() ? std::to_string(value.value) : fmt::format("{} {}", value.value, unit);
}

std::string nodeTable(const std::vector<NodeDetail>& nodes) {
    Table table({"NODE", "SOURCE", "STATE", "SERVICE", "OCCUPANCY", "HEALTH", "LINK", "RACK", "U", "GPUS", "MODEL", "UTIL", "WHY"});
    for (const NodeDetail& node : nodes)
        table.add({node.id, std::string(toString(node.source)), std::string(toString(node.facts.state)), std::string(toString(node.facts.service)),
                   std::string(toString(node.facts.occupancy)), std::string(toString(node.facts.health)), std::string(toString(node.facts.link)), node.place.rack,
                   node.place.unit == 0 ? "" : std::to_string(node.place.unit), std::to_string(node.gpus.size()), node.gpus.empty() ? "" : node.gpus.front().identity.model,
                   meanOf(node, Metric::gpuUtil), !node.reasons.empty() ? node.reasons.front() : node.gpus.empty() ? node.inventory.driver : ""});
    return table.text();
}

namespace {

std::string machineText(const Inventory& inventory) {
    const std::string text = inventory.vendor + (inventory.vendor.empty() || inventory.product.empty() ? "" : " ") + inventory.product;
    return text.empty() ? "not reported" : text;
}

} // namespace

std::string nodeText(const NodeDetail& node) {
    std::string text = fmt::format("{}  ({})\n", node.id, toString(node.source));
    text += fmt::format("State      {}\nService    {}\nOccupancy  {}\nHealth     {}\nLink       {}, last message {}\n", toString(node.facts.state), toString(node.facts.service),
                        toString(node.facts.occupancy), toString(node.facts.health), toString(node.facts.link), wordTime(node.lastSeenWallMs));
    text += fmt::format("Place      {}\nMachine    {}, serial {}\nCPU        {}, {} threads, {} MiB memory\n", placeText(node.place), machineText(node.inventory),
                        node.inventory.serial.empty() ? "not reported" : node.inventory.serial, node.inventory.cpuModel.empty() ? "not reported" : node.inventory.cpuModel,
                        node.inventory.cpuThreads, node.inventory.memoryMib);
    text += fmt::format("Driver     {}\nPolicy     settings {}, terminate {}, reboot {}\n", node.inventory.driver.empty() ? "not reported" : node.inventory.driver,
                        node.policy.settingsAllowed ? "allowed" : "read-only", node.policy.terminateHolders ? "holders" : "never", node.policy.rebootAllowed ? "allowed" : "never");
    for (const std::string& line : node.inventory.provenance) text += fmt::format("Data       {}\n", line);
    for (const std::string& reason : node.reasons) text += fmt::format("Why        {}\n", reason);
    return text + gpusText(node) + processesText(node) + eventsText(node);
}

} // namespace busbar::ctl
