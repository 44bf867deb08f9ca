"use strict";
// The page of a comparison: paths of a chosen joint, a chosen angle, and Bland-Altman plots.
// Everything it shows is in the element #data; numbers in bulk are base64 of float32 arrays.

const data = JSON.parse(document.getElementById("data").textContent);
const find = (selector, within = document) => within.querySelector(selector);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9"];
const OPTIONS = { responsive: true, displaylogo: false, displayModeBar: false };

function numbers(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

const times = numbers(data.times);
const paths = data.paths.map(numbers);
const distances = data.distances.map(numbers);
const colourOf = (method) => COLOURS[method % COLOURS.length];
const count = times.length;
const axes = data.axes.length;

function layout(title, x, y, more = {}) {
  const grid = colour("--line");
  return {
    title: { text: title, x: 0.02, xanchor: "left", y: 0.96, font: { size: 15 } },
    margin: { l: 58, r: 14, t: 36, b: 38 }, autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("--ink"), family: "system-ui, sans-serif", size: 12 },
    xaxis: { title: { text: x, standoff: 4 }, gridcolor: grid, zeroline: false },
    yaxis: { title: { text: y, standoff: 4 }, gridcolor: grid, zerolinecolor: grid },
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1.16 },
    hovermode: "x unified", ...more,
  };
}

const referenceLine = () => ({ width: 2, color: colour("--ink"), dash: "dot" });

function drawJoint() {
  const joint = Number(find("#joint").value);
  const charts = [...document.querySelectorAll("#paths .chart")];
  for (let axis = 0; axis < axes; axis++) {
    const at = (joint * axes + axis) * count;
    const lines = paths.map((path, i) => ({
      x: times, y: path.subarray(at, at + count), name: data.names[i], mode: "lines",
      line: i ? { width: 1.6, color: colourOf(i - 1) } : referenceLine(),
    }));
    lines.push(lines.shift());  // the reference on top
    Plotly.react(charts[axis], lines,
      layout(data.axes[axis], "s", data.unit, { showlegend: axis === 0 }), OPTIONS);
  }
  const far = distances.map((distance, i) => ({
    x: times, y: distance.subarray(joint * count, (joint + 1) * count), name: data.names[i + 1],
    mode: "lines", line: { width: 1.4, color: colourOf(i) },
  }));
  const chart = layout(`Distance from ${data.names[0]}`, "s", data.errorUnit,
    { showlegend: false });
  chart.yaxis.rangemode = "tozero";
  Plotly.react(charts[axes], far, chart, OPTIONS);
}

function drawMeans() {
  const labels = data.joints.map((name) => name.replaceAll("_", " "));
  const bars = data.means.map((means, i) => ({
    type: "bar", x: labels, y: means, name: data.names[i + 1], marker: { color: colourOf(i) },
  }));
  const chart = layout("Mean error of each joint", "", data.errorUnit,
    { barmode: "group", height: 320, hovermode: "x" });
  chart.margin.b = 96;
  chart.xaxis.tickangle = -40;
  Plotly.react(find("#means"), bars, chart, OPTIONS);
}

function drawAngle() {
  const name = find("#angle").value;
  const angle = data.angles[name];
  const right = numbers(angle.reference);
  const lines = angle.methods.flatMap((method, i) => (method ? [{
    x: times, y: numbers(method.values), name: data.names[i + 1], mode: "lines",
    line: { width: 1.6, color: colourOf(i) },
  }] : []));
  lines.push({ x: times, y: right, name: data.names[0], mode: "lines", line: referenceLine() });
  Plotly.react(find("#curve"), lines,
    layout(name.replaceAll("_", " "), "s", "°", { showlegend: true }), OPTIONS);
  for (const chart of document.querySelectorAll(".agreement")) {
    const place = Number(chart.dataset.method);
    chart.closest(".plot").style.display = angle.methods[place] ? "" : "none";
    if (angle.methods[place]) drawAgreement(chart, angle.methods[place], right, place);
  }
}

function drawAgreement(chart, method, right, place) {
  const values = numbers(method.values);
  const [x, y] = [[], []];
  values.forEach((value, i) => {
    if (Number.isNaN(value) || Number.isNaN(right[i])) return;
    x.push((value + right[i]) / 2);
    y.push(value - right[i]);
  });
  const across = { xref: "paper", x0: 0, x1: 1, yref: "y" };
  const levels = [[method.bias, "solid"], [method.lower, "dash"], [method.upper, "dash"]];
  const shapes = levels.map(([level, dash]) => ({
    ...across, type: "line", y0: level, y1: level,
    line: { width: 1.5, dash, color: colour("--ink") },
  }));
  for (const [low, high] of method.bands) {
    if (low === null) continue;
    shapes.push({ ...across, type: "rect", y0: low, y1: high, layer: "below",
      line: { width: 0 }, fillcolor: colour("--middle-band") });
  }
  const annotations = levels.map(([level]) => ({
    xref: "paper", x: 1, xanchor: "right", y: level, yanchor: "bottom", showarrow: false,
    text: level.toFixed(1),
  }));
  Plotly.react(chart, [{ x, y, mode: "markers", type: x.length > 3000 ? "scattergl" : "scatter",
    marker: { size: 4, color: colourOf(place), opacity: 0.55 } }],
  layout(`${data.names[place + 1]} - ${data.names[0]}`, "mean of both, °", "difference, °",
    { shapes, annotations, showlegend: false, hovermode: "closest" }), OPTIONS);
}

function drawAll() {
  drawMeans();
  drawJoint();
  if (find("#angle")) drawAngle();
}

find("#joint").addEventListener("change", drawJoint);
if (find("#angle")) find("#angle").addEventListener("change", drawAngle);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
window.addEventListener("beforeprint", () => {
  document.documentElement.dataset.print = "";
  drawAll();
});
window.addEventListener("afterprint", () => {
  delete document.documentElement.dataset.print;
  drawAll();
});
drawAll();
document.documentElement.dataset.ready = "";
