#include "busbarctl/output/waves.h"

#include <map>

namespace busbar::ctl {

std::vector<Wave> wavesOf(const std::vector<TargetRecord>& targets) {
    std::map<int, Wave> waves;
    for (const TargetRecord& target : targets) {
        if (target.state == TargetState::refused || target.state == TargetState::skipped) continue;
        Wave& wave = waves[target.wave];
        wave.number = target.wave;
        ++wave.targets;
        wave.ended += isFinal(target.state) ? 1 : 0;
        wave.failed += target.state == TargetState::failed || target.state == TargetState::unknown ? 1 : 0;
    }
    std::vector<Wave> list;
    for (const auto& [number, wave] : waves) list.push_back(wave);
    return list;
}

} // namespace busbar::ctl
