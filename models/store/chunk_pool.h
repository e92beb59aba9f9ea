// Buffers of columns' chunks, used again once the last snapshot that shows them is gone: in steady state nothing is allocated and a
// chunk that changes exists twice at most. Thread-safe: buffers come back on whichever thread drops the last snapshot.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace busbar::store {

struct Chunk {
    std::uint64_t version = 0;
    std::unique_ptr<std::byte[]> bytes;
};

class ChunkPool : public std::enable_shared_from_this<ChunkPool> {
public:
    /// A chunk for kChunkRows values of `width` bytes, contents undefined.
    std::shared_ptr<Chunk> take(int width);
    /// Bytes of the buffers waiting to be used.
    std::size_t idleBytes() const;

private:
    /// Waiting buffers kept per width (4 MB of one-byte chunks); more are freed.
    static constexpr std::size_t kMaxIdle = 1024;
    void giveBack(std::unique_ptr<Chunk> chunk, int width);

    mutable std::mutex m_mutex;
    std::array<std::vector<std::unique_ptr<Chunk>>, 9> m_idle; ///< by width
};

} // namespace busbar::store
