"use strict";
// The page of one recording: the picture with skeletons, curves that follow it, and a timeline.
// Everything it shows is in the element #data; numbers in bulk are base64 of little-endian arrays.

const data = JSON.parse(document.getElementById("data").textContent);
const find = (selector, within = document) => within.querySelector(selector);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function numbers(text, Type) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Type(bytes.buffer);
}

// --- the clock: the video's, or our own where there is no video -------------------------------

const video = find("video");
const listeners = [];
const onTime = (listener) => listeners.push(listener);
let now = 0;

function tell(time) {
  now = time;
  listeners.forEach((listener) => listener(time));
}

const ownClock = {
  playing: false, rate: 1, last: 0,
  play() {
    this.playing = true;
    this.last = performance.now();
    const step = (stamp) => {
      if (!this.playing) return;
      const passed = now - data.start + (this.rate * (stamp - this.last)) / 1000;
      tell(data.start + (passed % (data.duration || 1)));
      this.last = stamp;
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  },
  pause() { this.playing = false; },
};

function seek(time) {
  const inside = Math.min(Math.max(time, data.start), data.start + data.duration);
  // A little later than asked: a time that is rounded down shows the picture before.
  if (video) video.currentTime = inside + data.videoStart + 0.001;
  tell(inside);
}

function isPlaying() { return video ? !video.paused : ownClock.playing; }
function toggle() {
  const clock = video || ownClock;
  if (isPlaying()) clock.pause(); else clock.play();
  find("#play").textContent = isPlaying() ? "Pause" : "Play";
}

function followVideo() {
  // The time of the very picture that is shown, where the browser can tell it.
  const each = (_, picture) => {
    if (!video.seeking) tell(picture.mediaTime - data.videoStart);
    video.requestVideoFrameCallback(each);
  };
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(each);
  else video.addEventListener("timeupdate", () => tell(video.currentTime - data.videoStart));
  for (const event of ["play", "pause"]) {
    video.addEventListener(event, () => {
      find("#play").textContent = video.paused ? "Play" : "Pause";
    });
  }
}

// --- skeletons --------------------------------------------------------------------------------

const ABSENT = -32768;
for (const person of data.people) {
  person.times = numbers(person.times, Float64Array);
  for (const kind of ["clean", "raw"]) {
    if (person[kind]) person[kind] = numbers(person[kind], Int16Array);
  }
}

function nearest(times, time) {
  let low = 0, high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle; else high = middle;
  }
  return Math.abs(times[high] - time) < Math.abs(times[low] - time) ? high : low;
}

function drawPerson(pen, person, kind, scale) {
  const row = nearest(person.times, now);
  if (Math.abs(person.times[row] - now) > person.step) return;
  const count = data.joints.length;
  const at = (joint) => {
    const place = 2 * (row * count + joint);
    const [x, y] = [person[kind][place], person[kind][place + 1]];
    return x === ABSENT ? null : [(x * data.unit + 0.5) * scale, (y * data.unit + 0.5) * scale];
  };
  const width = Math.max(2, person.stroke * scale);
  pen.lineCap = "round";
  for (const [a, b, side] of data.limbs) {
    const [from, to] = [at(a), at(b)];
    if (!from || !to) continue;
    for (const [style, extra] of [["rgb(12 15 19 / .7)", 2], [data.colours[side], 0]]) {
      pen.strokeStyle = style;
      pen.lineWidth = width + extra;
      pen.beginPath(); pen.moveTo(...from); pen.lineTo(...to); pen.stroke();
    }
  }
  for (let joint = 0; joint < count; joint++) {
    const place = at(joint);
    if (!place) continue;
    pen.fillStyle = data.colours[data.sides[joint]];
    pen.beginPath(); pen.arc(...place, width * 0.9, 0, 2 * Math.PI); pen.fill();
  }
  if (data.people.length > 1) labelPerson(pen, person, at, width, count);
}

function labelPerson(pen, person, at, width, count) {
  let top = null;
  for (let joint = 0; joint < count; joint++) {
    const place = at(joint);
    if (place && (!top || place[1] < top[1])) top = place;
  }
  if (!top) return;
  pen.font = `600 ${Math.max(13, 3.2 * width)}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.lineWidth = 4;
  pen.strokeStyle = "rgb(12 15 19 / .8)";
  pen.fillStyle = "#fff";
  const [x, y] = [top[0], top[1] - 3 * width];
  pen.strokeText(person.id, x, y); pen.fillText(person.id, x, y);
}

// The canvas has the shape of the picture and `object-fit: contain`, as the video has: the two
// cover each other in a box of any shape, on screen and on paper.
function drawSkeletons() {
  const canvas = find("canvas.overlay") || find("canvas.figure");
  if (!canvas) return;  // people in space have their own view
  const box = canvas.getBoundingClientRect();
  const density = Math.max(window.devicePixelRatio || 1, 1);
  const fit = Math.min(box.width / data.size[0], box.height / data.size[1]) || 1;
  const [width, height] = data.size.map((side) => Math.max(1, Math.round(side * fit * density)));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, width, height);
  const kind = find("#skeleton").value;
  if (kind === "none") return;
  for (const person of data.people) drawPerson(pen, person, kind, width / data.size[0]);
}

// --- curves -----------------------------------------------------------------------------------

const plots = [];

const decoded = (bulk) => numbers(bulk.bdata, Float32Array);

// A closed outline for each stretch without gaps; Plotly fills across gaps otherwise.
function outline(times, low, high) {
  const [x, y] = [[], []];
  for (let first = 0; first < times.length; first++) {
    if (Number.isNaN(low[first])) continue;
    let last = first;
    while (last + 1 < times.length && !Number.isNaN(low[last + 1])) last++;
    for (let i = first; i <= last; i++) { x.push(times[i]); y.push(high[i]); }
    for (let i = last; i >= first; i--) { x.push(times[i]); y.push(low[i]); }
    x.push(null); y.push(null);
    first = last;
  }
  return { x, y };
}

function chartOf(plot) {
  const times = numbers(data.axes[plot.axis], Float64Array);
  const [bands, raws, lines] = [[], [], []];
  for (const curve of plot.curves) {
    const own = colour(`--${curve.side}`);
    const common = { hoverinfo: "skip", legendgroup: curve.label, mode: "lines" };
    if (curve.low) {
      bands.push({ ...common, ...outline(times, decoded(curve.low), decoded(curve.high)),
        fill: "toself", fillcolor: colour(`--${curve.side}-band`), line: { width: 0 },
        showlegend: false });
    }
    if (curve.raw) {
      raws.push({ ...common, x: times, y: decoded(curve.raw), showlegend: false, opacity: 0.45,
        line: { width: 1, dash: "dot", color: own } });
    }
    lines.push({ ...common, x: times, y: decoded(curve.value), name: curve.label,
      hoverinfo: "x+y+name", line: { width: 2, color: own } });
  }
  return [...bands, ...raws, ...lines];
}

// The range of what is known well: neither a wide band nor a wild guess may flatten the rest.
function rangeOf(plot) {
  const [sure, every] = [[], []];
  for (const curve of plot.curves) {
    const high = curve.high && decoded(curve.high);
    decoded(curve.value).forEach((value, i) => {
      if (Number.isNaN(value)) return;
      every.push(value);
      if (!high || high[i] - value <= plot.unsure) sure.push(value);
    });
  }
  const shown = sure.length > every.length / 10 ? sure : every;
  const low = shown.reduce((least, value) => Math.min(least, value), Infinity);
  const high = shown.reduce((most, value) => Math.max(most, value), -Infinity);
  const room = Math.max(0.12 * (high - low), plot.least / 2 - (high - low) / 2);
  return [low - room, high + room];
}

function layoutOf(plot) {
  const grid = colour("--line");
  const marks = plot.events.map((event) => ({
    type: "line", x0: event.time, x1: event.time, yref: "paper", y0: 0, y1: 1, layer: "below",
    line: { width: 1, dash: event.dash, color: colour(`--${event.side}`) },
  }));
  return {
    title: { text: plot.title, x: 0.02, xanchor: "left", y: 0.96, font: { size: 15 } },
    margin: { l: 52, r: 12, t: 34, b: 34 },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("--ink"), family: "system-ui, sans-serif", size: 12 },
    xaxis: { title: { text: plot.cycle ? "% of the gait cycle" : "s", standoff: 2 }, gridcolor: grid, zeroline: false },
    yaxis: { title: { text: plot.unit, standoff: 4 }, gridcolor: grid, zerolinecolor: grid,
      range: rangeOf(plot) },
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1.14 },
    hovermode: "x unified", shapes: marks, dragmode: "zoom",
  };
}

const PAPER = { autosize: false, width: 330, height: 230 };  // two beside each other on A4

function drawPlot(entry, shape = { autosize: true }) {
  const options = { responsive: true, displaylogo: false, displayModeBar: false };
  const layout = { ...layoutOf(entry.plot), ...shape };
  Plotly.react(entry.chart, chartOf(entry.plot), layout, options);
  if (!entry.drawn) {
    if (!entry.plot.cycle) entry.chart.on("plotly_click", (event) => seek(event.points[0].x));
    entry.chart.on("plotly_relayout", () => moveCursor(entry));
  }
  entry.drawn = true;
  moveCursor(entry);
}

function moveCursor(entry) {
  const layout = entry.chart._fullLayout;
  if (!entry.drawn || !layout || !layout.xaxis) return;
  const x = layout.xaxis.l2p(now);
  const shown = !entry.plot.cycle && x >= 0 && x <= layout.xaxis._length;
  entry.cursor.style.display = shown ? "block" : "none";
  entry.cursor.style.left = `${layout._size.l + x}px`;
  entry.cursor.style.top = `${layout._size.t}px`;
  entry.cursor.style.height = `${layout._size.h}px`;
}

function setUpPlots() {
  // A long recording has many points: a plot is drawn when it comes near the screen.
  const watcher = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      const entry = plots.find((candidate) => candidate.element === target);
      if (isIntersecting && !entry.drawn) drawPlot(entry);
    }
  }, { rootMargin: "400px" });
  for (const element of document.querySelectorAll(".plot")) {
    const plot = data.plots[Number(element.dataset.plot)];
    plots.push({ element, plot, chart: find(".chart", element), cursor: find(".cursor", element),
      drawn: false });
    watcher.observe(element);
  }
  drawWhenIdle();
  onTime(() => plots.forEach(moveCursor));
}

// The rest is drawn piece by piece while nothing else happens, so that a picture of the whole page,
// or a search in it, finds no empty charts.
function drawWhenIdle() {
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
  const next = () => {
    const entry = plots.find((candidate) => !candidate.drawn);
    if (!entry) return;
    drawPlot(entry);
    idle(next);
  };
  idle(next);
}

// --- timeline ---------------------------------------------------------------------------------

function setUpTimeline() {
  const svg = find(".timeline");
  if (!svg) return;
  const cursor = find(".now", svg);
  const width = svg.viewBox.baseVal.width;
  const [start, length] = [Number(svg.dataset.start), Number(svg.dataset.length)];
  const place = (time) => start + (length * (time - data.start)) / (data.duration || 1);
  onTime((time) => cursor.setAttribute("transform", `translate(${place(time)} 0)`));
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * width - start) / length;
    seek(data.start + share * data.duration);
  });
}

// --- the page ---------------------------------------------------------------------------------

function setUpControls() {
  find("#play").addEventListener("click", toggle);
  find("#back").addEventListener("click", () => seek(now - data.step));
  find("#forward").addEventListener("click", () => seek(now + data.step));
  find("#speed").addEventListener("change", (event) => {
    ownClock.rate = Number(event.target.value);
    if (video) video.playbackRate = ownClock.rate;
  });
  find("#skeleton").addEventListener("change", drawSkeletons);
  onTime((time) => { find("#clock").textContent = `${time.toFixed(2)} s`; });
  for (const row of document.querySelectorAll("tr.jump")) {
    row.addEventListener("click", () => seek(Number(row.dataset.time)));
  }
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("select, input, video, summary")) return;
    const onButton = event.target.closest("button");
    const keys = { ...(onButton ? {} : { " ": toggle }), ArrowLeft: () => seek(now - data.step),
      ArrowRight: () => seek(now + data.step) };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
}

function redraw() {
  plots.filter((entry) => entry.drawn).forEach((entry) => drawPlot(entry));
  drawSkeletons();
}
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
window.addEventListener("beforeprint", () => {
  document.documentElement.dataset.print = "";
  document.querySelectorAll("details").forEach((part) => { part.open = true; });
  plots.forEach((entry) => drawPlot(entry, PAPER));
});
window.addEventListener("afterprint", () => {
  delete document.documentElement.dataset.print;
  redraw();
});
window.addEventListener("resize", drawSkeletons);

onTime(drawSkeletons);
setUpControls();
setUpTimeline();
setUpPlots();
if (video) {
  video.addEventListener("loadeddata", drawSkeletons);
  followVideo();
}
const wanted = /^#t=([\d.]+)$/.exec(location.hash);
seek(wanted ? Number(wanted[1]) : data.firstTime);
document.documentElement.dataset.ready = "";
