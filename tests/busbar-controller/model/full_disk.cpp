#include "full_disk.h"

#include <sqlite3.h>

#include <QtCore/QtGlobal>

#include <atomic>
#include <map>
#include <memory>

namespace busbar::controller::model {
namespace {

// Atomic: the store forgets expired keys on a thread of its own.
std::atomic<bool> g_filling = false;
std::atomic<int> g_commitsLeft = 0, g_writesLeft = 0;
sqlite3_vfs* g_real = nullptr;
sqlite3_vfs g_layer;

/// A table of a file's methods with our write in it, and the one it stands for.
struct Methods {
    sqlite3_io_methods ours;
    const sqlite3_io_methods* real;
};
std::map<const sqlite3_io_methods*, std::unique_ptr<Methods>> g_methods; // By the real one.

const sqlite3_io_methods& realOf(sqlite3_file* file) { return *reinterpret_cast<const Methods*>(file->pMethods)->real; } // `ours` is its first member.

int writeToFile(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    if (g_filling && g_commitsLeft <= 0 && --g_writesLeft < 0) return SQLITE_FULL;
    return realOf(file).xWrite(file, bytes, size, offset);
}

/// A commit ends with one: their number does not depend on how keys lie in the file, as that of writes does.
int syncFile(sqlite3_file* file, int flags) {
    --g_commitsLeft;
    return realOf(file).xSync(file, flags);
}

int openFile(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* outFlags) {
    const int code = g_real->xOpen(g_real, name, file, flags, outFlags);
    if (file->pMethods == nullptr) return code;
    std::unique_ptr<Methods>& methods = g_methods[file->pMethods];
    if (methods == nullptr) {
        methods = std::make_unique<Methods>(Methods{*file->pMethods, file->pMethods});
        methods->ours.xWrite = writeToFile;
        methods->ours.xSync = syncFile;
    }
    file->pMethods = &methods->ours;
    return code;
}

} // namespace

void installFullDisk() {
    if (g_real != nullptr) return;
    g_real = sqlite3_vfs_find(nullptr);
    g_layer = *g_real;
    g_layer.zName = "full disk";
    g_layer.xOpen = openFile;
    if (sqlite3_vfs_register(&g_layer, 1) != SQLITE_OK) qFatal("SQLite does not take the layer");
}

void fillDisk(int commitsLeft) {
    g_commitsLeft = commitsLeft;
    g_writesLeft = 1;
    g_filling = true;
}
void makeRoom() { g_filling = false; }
bool isDiskFull() { return g_filling; }

} // namespace busbar::controller::model
