// The GPUs of this node as the agent's collectors and steps see them, whatever driver library is behind. A slot is the position in
// gpus(), ordered by PCI address; it is stable for the life of the driver object. Implementations are thread-safe; each call may block
// as long as the driver does (XID 79 makes calls hang), so it is made on a collector's or a step's own thread.
#pragma once

#include "base/status.h"
#include "domain/gpu_setting.h"
#include "domain/node.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace busbar::agent {

struct GpuReading {
    std::int64_t value = kNotRead; ///< or kNotSupported
    std::string why;               ///< the driver's words when there is no value
};
using GpuReadings = std::map<Metric, GpuReading>;

/// A client as the driver lists it; names and ages come from /proc.
struct DriverClient {
    std::int64_t pid = 0;
    std::int64_t memoryMib = kNotRead;
    const char* kind = "compute"; ///< compute, graphics, mps
};

/// MIG mode now, and what the next reset of the GPU makes of it.
struct MigMode {
    bool on = false, pending = false;
};

/// Into how many parts a GPU in MIG mode is divided.
struct MigLayout {
    int gpuInstances = 0, computeInstances = 0; ///< of all GPU instances together
    bool isEmpty() const { return gpuInstances == 0 && computeInstances == 0; }
};

/// An XID that the driver told of a slot.
struct GpuXid {
    std::size_t slot = 0;
    int xid = 0;
};

class GpuDriver {
public:
    /// `fast`: what moves within a second (utilisation, temperature, power, clocks, memory); `all`: also counters, links and settings.
    enum class Depth : std::uint8_t { fast, all };

    virtual ~GpuDriver() = default;
    /// "NVML 580.1" or "simulated NVML 580.1".
    virtual const std::string& description() const = 0;
    virtual bool simulated() const = 0;
    virtual const std::vector<GpuIdentity>& gpus() const = 0;

    /// What is measured, each with a value or the reason for none.
    virtual GpuReadings read(std::size_t slot, Depth depth) const = 0;
    virtual StatusOr<std::vector<DriverClient>> clients(std::size_t slot) const = 0;
    virtual StatusOr<std::int64_t> memoryUsedMib(std::size_t slot) const = 0;
    virtual StatusOr<unsigned> computeMode(std::size_t slot) const = 0;
    /// Asks the driver; the effect must be read back by computeMode().
    virtual Status setComputeMode(std::size_t slot, unsigned mode) = 0;
    /// nvml_settings.h says what each setting's value is and how errors read.
    virtual StatusOr<std::int64_t> readSetting(std::size_t slot, Setting setting) const = 0;
    virtual Status writeSetting(std::size_t slot, Setting setting, std::int64_t value) = 0;
    /// What this GPU cannot be set to; a driver that does not answer leaves it unknown.
    virtual SettingLimits settingLimits(std::size_t slot) const = 0;
    /// Whether the GPU answers on PCIe at all; Unavailable with the driver's words when it is lost (XID 79). A GPU that only asks for a reset answers.
    virtual Status answers(std::size_t slot) const = 0;
    /// MIG instances that exist now; 0 on devices without MIG.
    virtual StatusOr<int> migInstances(std::size_t slot) const = 0;
    /// Unimplemented: no MIG here. It is set by writeSetting, which may take seconds: some GPUs are reset on their way into the mode and out of it.
    virtual StatusOr<MigMode> migMode(std::size_t slot) const = 0;
    virtual StatusOr<MigLayout> migLayout(std::size_t slot) const = 0;
    /// All of them; one that is in use stays, with the driver's words. The effect must be read back by migLayout().
    virtual Status destroyMigInstances(std::size_t slot) = 0;
    /// The driver's own drain state: a GPU in it takes no new clients, and no new NVML client sees it, its reset tool included. Needs
    /// persistence off. Unimplemented where the driver has none.
    virtual StatusOr<bool> draining(std::size_t slot) const = 0;
    virtual Status setDraining(std::size_t slot, bool on) = 0;
    /// Absolute path of the driver's reset tool (nvidia-smi): beside a simulated library, else where the driver's programs lie; NotFound with the places.
    virtual StatusOr<std::string> resetTool() const = 0;
    /// Gives the driver up (nvmlShutdown), so that this process is no client of any GPU. Every call but resume fails until then.
    virtual Status suspend() = 0;
    /// Opens it again and finds each slot's GPU by its UUID. Unavailable names the GPUs that do not answer any more; their slots stay, without
    /// device. Internal: the driver itself does not come back.
    virtual Status resume() = 0;
    /// XIDs since the last call; blocks up to `timeoutMs` for the first. One caller at a time. Unimplemented: the driver tells none.
    virtual StatusOr<std::vector<GpuXid>> waitForXids(int timeoutMs) = 0;
};

/// Loads and initialises NVML (see nvml_api.h for where from). NotFound: no driver; others: a driver that does not work, with its words.
StatusOr<std::unique_ptr<GpuDriver>> openNvmlDriver(const std::string& libraryPath);

} // namespace busbar::agent
