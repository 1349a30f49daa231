// Draws the trend of thirty days with the theme's Chart.js, in colours that can be read on either
// ground. Lines differ by their dashes and points, too. The table below says the same.
{
  const TONES = {
    posted: ["#15803d", "#4ade80"], held: ["#b45309", "#fbbf24"],
    in_doubt: ["#b91c1c", "#f87171"], pending: ["#1d4ed8", "#93c5fd"],
  };
  const DASHES = { held: [], in_doubt: [2, 3], pending: [7, 4] };
  const POINTS = { held: "circle", in_doubt: "triangle", pending: "rect" };

  const inColours = (data, dark) => ({
    labels: data.labels,
    datasets: data.datasets.map((each) => ({
      ...each,
      data: each.data.map((value) => (value === null ? null : Number(value))),
      backgroundColor: TONES[each.state][dark], borderColor: TONES[each.state][dark],
      borderDash: DASHES[each.state], pointStyle: POINTS[each.state], borderWidth: 2, pointRadius: 3,
      order: each.type === "bar" ? 1 : 0, maxBarThickness: 18,
    })),
  });

  const options = (dark) => {
    const ink = dark ? "#d1d5db" : "#4b5563";
    const grid = { color: dark ? "#374151" : "#e5e7eb" };
    return {
      animation: false, maintainAspectRatio: false, interaction: { mode: "index", intersect: false },
      scales: {
        x: { ticks: { color: ink, maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } },
        y: { beginAtZero: true, ticks: { color: ink, precision: 0 }, grid },
      },
      plugins: { legend: { labels: { color: ink, usePointStyle: true } } },
    };
  };

  const isDark = () => Number(document.documentElement.classList.contains("dark"));

  document.addEventListener("DOMContentLoaded", () => {
    const drawn = [...document.querySelectorAll("canvas[data-trend]")].map((canvas) => {
      const data = JSON.parse(canvas.dataset.trend);
      const chart = new Chart(canvas, {
        type: "bar", data: inColours(data, isDark()), options: options(isDark()),
      });
      return { chart, data };
    });
    new MutationObserver(() => {
      for (const { chart, data } of drawn) {
        chart.data = inColours(data, isDark());
        chart.options = options(isDark());
        chart.update();
      }
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  });
}
