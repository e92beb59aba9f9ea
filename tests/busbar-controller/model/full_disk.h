// A disk that fills up under the state file while the controller runs: SQLite's own file layer, whose writes fail with "full" once the room is
// used up. What the store does with that (transactions rolled back half-way, checkpoints put off) is the real thing.
#pragma once

namespace busbar::controller::model {

/// Puts the layer under all state files opened from now on in this process. Once is enough.
void installFullDisk();
/// So many more commits fit, and the first part of the next one; then each write fails until there is room.
void fillDisk(int commitsLeft);
void makeRoom();
bool isDiskFull();

} // namespace busbar::controller::model
