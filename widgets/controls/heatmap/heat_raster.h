// The cells of the heatmap as one indexed image in device pixels, written by scanline; only nodes in chunks that changed are written again.
// What it writes depends on the scene, the camera and the level alone. GUI thread only.
#pragma once

#include "widgets/controls/heatmap/heat_camera.h"
#include "widgets/controls/heatmap/heat_scene.h"

#include <QImage>
#include <QRect>

#include <array>
#include <cstdint>
#include <vector>

namespace busbar::controls {

class HeatRaster {
public:
    /// Brings the image up to date; returns the pixels that may have changed.
    QRect update(const HeatScene& scene, const HeatCamera& camera, HeatLevel level);
    /// To be painted or copy()ed: later updates write into the same pixels.
    const QImage& image() const { return m_image; }

private:
    struct Edges {
        int x = 0; ///< world, of the cached edges
        bool known = false;
        std::array<int, items::kMostGpusPerLine + 1> px{};
    };
    void startOver(const HeatScene& scene, const HeatCamera& camera, HeatLevel level);
    void paintChunk(const HeatScene& scene, std::uint32_t site, std::uint32_t chunk);
    void paintNode(const HeatScene& scene, std::uint32_t site, std::uint32_t node);
    void paintLine(const std::uint8_t* indices, int count, int perLine, int x, int y, bool old);
    void paintBox(const items::Box& box, const HeatScene::Worst& worst);
    void paintOutline(const QRect& rect);
    /// The `right - left` indices of m_line on rows [top, bottom), with the patterns of what is no value.
    void writeRows(int left, int right, int top, int bottom, bool patterns, bool old);
    const std::array<int, items::kMostGpusPerLine + 1>& edgesAt(int x);
    int bottomOf(int y, int units) const;

    QImage m_image;
    std::uint8_t* m_bits = nullptr;
    qsizetype m_stride = 0;
    HeatCamera m_camera;
    HeatLevel m_level = HeatLevel::gpu;
    const HeatTable* m_table = nullptr; ///< during update() only
    std::uint64_t m_look = 0;
    bool m_patterned = true;
    std::vector<std::vector<std::uint64_t>> m_seen; ///< chunk versions by site
    Edges m_edges;
    std::vector<std::uint8_t> m_line;
    QRect m_changed;
};

} // namespace busbar::controls
