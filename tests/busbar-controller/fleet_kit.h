// Hellos and frames for tests of the controller's fleet.
#pragma once

#include "domain/telemetry.h"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace busbar::test {

/// A simulated node of site tst1 with `gpus` H100s in rack r1.
inline AgentHello helloOf(const std::string& name, int gpus = 2, const std::string& serial = "S1") {
    AgentHello hello;
    hello.nodeId = "tst1/" + name;
    hello.instanceId = "instance-" + name;
    hello.agentVersion = "0.1.0";
    hello.source = Source::simulated;
    hello.place = {"h1", "a", "r1", 7, "leaf1", "", "pdu1", "", ""};
    hello.inventory.serial = serial;
    hello.inventory.machineId = "machine-" + serial;
    hello.inventory.bootId = "boot-1";
    hello.inventory.hostname = name;
    hello.inventory.driver = "model";
    hello.inventory.driverPresent = true;
    for (int i = 0; i < gpus; ++i) {
        GpuIdentity gpu;
        gpu.pciAddress = fmt::format("00000000:{:02x}:00.0", 0x10 + i);
        gpu.uuid = fmt::format("GPU-{}-{}", name, i);
        gpu.model = "NVIDIA H100 80GB HBM3";
        gpu.memoryMib = 81'559;
        gpu.driverIndex = i;
        hello.inventory.gpus.push_back(gpu);
    }
    return hello;
}

inline TelemetryFrame frameOf(std::int64_t wallMs, std::vector<MetricColumn> columns) {
    TelemetryFrame frame;
    frame.observedWallMs = wallMs;
    frame.columns = std::move(columns);
    return frame;
}

} // namespace busbar::test
