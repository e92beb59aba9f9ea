#include "busbarctl/output/json.h"
#include "busbarctl/output/table.h"

#include <nlohmann/json.hpp>

namespace busbar::ctl {
namespace {

Json textOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json numberOrNull(std::int64_t value) { return value < 0 ? Json(nullptr) : Json(value); }

// These three are words about the GPU, not measurements.
bool isWord(Metric metric) { return metric == Metric::health || metric == Metric::occupancy || metric == Metric::lease; }

Json wordOf(const GpuDetail& gpu, Metric metric) {
    for (const auto& value : gpu.metrics) {
        if (value.metric != metric || value.value < 0) continue;
        if (metric == Metric::health) return toString(static_cast<Health>(value.value));
        if (metric == Metric::occupancy) return toString(static_cast<Occupancy>(value.value));
    }
    return "unknown";
}

Json jsonOf(const GpuDetail& gpu, std::size_t index) {
    Json metrics = Json::object();
    for (const auto& value : gpu.metrics)
        if (!isWord(value.metric)) metrics[std::string(infoOf(value.metric).key)] = busbar::ctl::jsonOf(value);
    return {{"index", index},
            {"uuid", gpu.identity.uuid},
            {"pci_address", gpu.identity.pciAddress},
            {"model", gpu.identity.model},
            {"health", wordOf(gpu, Metric::health)},
            {"occupancy", wordOf(gpu, Metric::occupancy)},
            {"lease", textOrNull(gpu.lease)},
            {"tenant", textOrNull(gpu.tenant)},
            {"service", isClosedApart(gpu.service) ? Json(toString(gpu.service)) : Json(nullptr)},
            {"service_why", isClosedApart(gpu.service) ? textOrNull(gpu.serviceWhy) : Json(nullptr)},
            {"metrics", metrics}};
}

Json jsonOf(const Place& place) {
    return {{"hall", textOrNull(place.hall)}, {"row", textOrNull(place.row)},   {"rack", textOrNull(place.rack)}, {"unit", place.unit == 0 ? Json(nullptr) : Json(place.unit)},
            {"leaf", textOrNull(place.leaf)}, {"rail", textOrNull(place.rail)}, {"pdu", textOrNull(place.pdu)},   {"feed", textOrNull(place.feed)},
            {"loop", textOrNull(place.loop)}};
}

Json jsonOf(const Inventory& inventory) {
    Json nics = Json::array(), disks = Json::array(), pci = Json::array();
    for (const Nic& nic : inventory.nics)
        nics.push_back({{"name", nic.name}, {"driver", nic.driver}, {"pci_address", nic.pciAddress}, {"speed_mbps", numberOrNull(nic.speedMbps)}, {"carrier", nic.carrier < 0 ? Json(nullptr) : Json(nic.carrier == 1)}});
    for (const Disk& disk : inventory.disks) disks.push_back({{"name", disk.name}, {"model", disk.model}, {"bytes", disk.bytes}});
    for (const PciDevice& device : inventory.pciDevices)
        pci.push_back({{"address", device.address}, {"vendor_device", device.vendorDevice}, {"class", device.deviceClass}, {"link_gen", device.linkGen}, {"link_width", device.linkWidth}});
    return {{"vendor", inventory.vendor}, {"product", inventory.product}, {"serial", inventory.serial}, {"machine_id", inventory.machineId}, {"boot_id", inventory.bootId},
            {"hostname", inventory.hostname}, {"kernel", inventory.kernel}, {"os", inventory.os}, {"bios", inventory.bios}, {"cpu_model", inventory.cpuModel},
            {"cpu_threads", inventory.cpuThreads}, {"memory_mib", inventory.memoryMib}, {"nics", nics}, {"disks", disks}, {"pci_devices", pci}, {"provenance", inventory.provenance}};
}

Json jsonOf(const HostSample& host) {
    Json temperatures = Json::object();
    for (const auto& [sensor, celsius] : host.temperaturesC) temperatures[sensor] = celsius;
    return {{"load1", host.load1 < 0 ? Json(nullptr) : Json(host.load1)}, {"cpu_percent", host.cpuPercent < 0 ? Json(nullptr) : Json(host.cpuPercent)},
            {"memory_used_mib", numberOrNull(host.memoryUsedMib)}, {"temperatures_c", temperatures}};
}

Json jsonOf(const Process& process) {
    return {{"pid", process.pid}, {"gpu", process.gpu < 0 ? Json(nullptr) : Json(process.gpu)}, {"user", process.user}, {"command", process.command}, {"kind", process.kind},
            {"memory_mib", numberOrNull(process.memoryMib)}, {"started", jsonTime(process.startedWallMs)}};
}

Json jsonOf(const FleetEvent& event) {
    return {{"time", jsonTime(event.wallMs)}, {"kind", toString(event.kind)}, {"severity", event.severity}, {"gpu", event.gpu < 0 ? Json(nullptr) : Json(event.gpu)},
            {"xid", event.xid == 0 ? Json(nullptr) : Json(event.xid)}, {"text", event.text}};
}

void addFull(const NodeDetail& node, Json& json) {
    json["agent_version"] = node.agentVersion;
    json["policy"] = {{"settings", node.policy.settingsAllowed ? "allowed" : "read-only"}, {"terminate", node.policy.terminateHolders ? "holders" : "never"}, {"reboot", node.policy.rebootAllowed ? "allowed" : "never"}};
    json["inventory"] = jsonOf(node.inventory);
    json["host"] = jsonOf(node.host);
    json["processes"] = Json::array();
    for (const Process& process : node.processes) json["processes"].push_back(jsonOf(process));
    json["findings"] = Json::array();
    for (const Finding& finding : node.findings)
        json["findings"].push_back({{"rule", finding.rule}, {"component", finding.component}, {"health", toString(finding.health)}, {"sentence", finding.sentence}, {"since", jsonTime(finding.sinceWallMs)}});
    json["events"] = Json::array();
    for (const FleetEvent& event : node.events) json["events"].push_back(jsonOf(event));
    json["history"] = Json::array();
    for (const FactChange& change : node.history)
        json["history"].push_back({{"time", jsonTime(change.wallMs)}, {"fact", change.fact}, {"from", change.from}, {"to", change.to}, {"why", change.why}, {"who", change.who}});
    json["stuck"] = node.stuck;
}

} // namespace


Json jsonOf(const GpuDetail::Value& value) {
    if (value.value < 0) return {{"missing", value.missing.empty() ? (value.value == kNotSupported ? "not supported" : "not read") : value.missing}};
    return {{"value", value.value}, {"unit", infoOf(value.metric).unit}, {"age_ms", numberOrNull(value.ageMs)}};
}

Json jsonOf(const NodeDetail& node, bool full) {
    const auto slash = node.id.find('/');
    Json json{{"id", node.id},
              {"site", node.id.substr(0, slash)},
              {"place", jsonOf(node.place)},
              {"source", toString(node.source)},
              {"state", toString(node.facts.state)},
              {"service", toString(node.facts.service)},
              {"occupancy", toString(node.facts.occupancy)},
              {"health", toString(node.facts.health)},
              {"link", toString(node.facts.link)},
              {"last_seen", jsonTime(node.lastSeenWallMs)},
              {"driver", node.inventory.driver.empty() ? "not reported" : node.inventory.driver},
              {"gpu_model", node.gpus.empty() ? Json(nullptr) : Json(node.gpus.front().identity.model)},
              {"gpus", Json::array()}};
    for (std::size_t i = 0; i < node.gpus.size(); ++i) json["gpus"].push_back(jsonOf(node.gpus[i], i));
    if (node.gpus.empty()) json["gpus_missing"] = node.inventory.driverPresent ? "the driver lists no GPU" : json["driver"];
    json["reasons"] = node.reasons;
    if (full) addFull(node, json);
    return json;
}

} // namespace busbar::ctl
