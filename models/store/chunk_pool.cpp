#include "store/chunk_pool.h"

#include "store/fleet_snapshot.h"

#include <utility>

namespace busbar::store {

std::shared_ptr<Chunk> ChunkPool::take(int width) {
    std::unique_ptr<Chunk> chunk;
    {
        const std::lock_guard lock(m_mutex);
        auto& idle = m_idle[static_cast<std::size_t>(width)];
        if (!idle.empty()) {
            chunk = std::move(idle.back());
            idle.pop_back();
        }
    }
    if (!chunk) {
        chunk = std::make_unique<Chunk>();
        chunk->bytes = std::make_unique_for_overwrite<std::byte[]>(kChunkRows * static_cast<std::size_t>(width));
    }
    return {chunk.release(), [pool = shared_from_this(), width](Chunk* back) { pool->giveBack(std::unique_ptr<Chunk>(back), width); }};
}

void ChunkPool::giveBack(std::unique_ptr<Chunk> chunk, int width) {
    const std::lock_guard lock(m_mutex);
    auto& idle = m_idle[static_cast<std::size_t>(width)];
    if (idle.size() < kMaxIdle) idle.push_back(std::move(chunk));
}

std::size_t ChunkPool::idleBytes() const {
    const std::lock_guard lock(m_mutex);
    std::size_t bytes = 0;
    for (std::size_t width = 0; width < m_idle.size(); ++width) bytes += m_idle[width].size() * width * kChunkRows;
    return bytes;
}

} // namespace busbar::store
