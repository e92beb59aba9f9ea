// What lies over the heatmap's cells: names of sites and rows, marks with a two-tone halo, outlines of draining and provisioning nodes,
// the selection, frames of stale sites. One cached layer, painted again only when something of it changed. GUI thread only.
#pragma once

#include "widgets/controls/heatmap/heat_camera.h"
#include "widgets/controls/heatmap/heat_scene.h"
#include "widgets/controls/heatmap/heat_selection.h"

#include <QPixmap>
#include <QString>
#include <QVector>

namespace busbar::controls {

/// Words of a site's header. Where room is short the later ones go first, but never the name, the source or the age.
struct HeatCaption {
    QString name;        ///< "lga1"
    QString source;      ///< "simulated", "replayed + simulated"; empty when all is live
    QString shortSource; ///< "SIM"
    QString age;         ///< "stale 1 m 34 s · last values"; empty when live
    QString shortAge;    ///< "1 m 34 s"
    QString size;        ///< "5,760 GPUs"
    QString instead;     ///< in the place of the cells while there are none: "loading", "refused: …"
    bool operator==(const HeatCaption&) const = default;
};

class HeatOverlay {
public:
    /// By site; true when something is different.
    bool setCaptions(QVector<HeatCaption> captions);
    /// The layer for this picture; painted again when needed.
    const QPixmap& layer(const HeatScene& scene, const HeatSelection& selection, std::uint64_t selectionVersion, const HeatCamera& camera, HeatLevel level, double ratio);

private:
    struct Key {
        std::uint64_t marks = 0, selection = 0, captions = 0;
        HeatCamera camera;
        HeatLevel level = HeatLevel::gpu;
        double ratio = 0;
        bool operator==(const Key&) const = default;
    };
    QVector<HeatCaption> m_captions;
    std::uint64_t m_captionsVersion = 0;
    Key m_key;
    QPixmap m_layer;
};

} // namespace busbar::controls
