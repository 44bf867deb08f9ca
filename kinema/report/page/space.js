"use strict";
// The view in space of the page of one recording: people, floor and cameras, turned by hand.
// Builds on report.js. Metres, z up; see kinema.media.scene.viewpoint for the viewer.

const SPACE = data.space;
const FIELD_OF_VIEW = (30 * Math.PI) / 180;
const LIMB = 0.03, LIMB_SHARE = 0.3, JOINT = 0.7;  // metres, of a limb's length, of its thickness
const TRAIL_SECONDS = 1;
const HANDS_AND_FEET = /wrist|ankle|heel|toe|foot/;
const TURN_SPEED = 24;  // degrees a second
const SCREEN = { ground: "", grid: "#343c47", edge: "#545f6e", text: "#96a1b0", camera: "#7a8696",
  shadow: "#222830", outline: "#12141a", axes: ["#f06060", "#5ec962", "#6e96ff"] };
const PRINTED = { ...SCREEN, grid: "#d5dae0", edge: "#9aa5b1", text: "#5c6673", shadow: "#e6e9ed",
  outline: "#ffffff" };

const spaceCanvas = find("canvas.space");
const begin = { azimuth: SPACE.azimuth, elevation: SPACE.elevation, zoom: 1, shift: [0, 0] };
let viewer = { ...begin };
const middle = SPACE.low.map((low, i) => (low + SPACE.high[i]) / 2);
for (const person of SPACE.people) {
  for (const kind of ["clean", "raw"]) person[kind] = numbers(person[kind], Int16Array);
}

function jointInSpace(person, kind, row, joint) {
  const at = 3 * (row * data.joints.length + joint);
  const steps = person[kind];
  if (steps[at] === ABSENT) return null;
  return SPACE.origin.map((start, i) => start + SPACE.unit * steps[at + i]);
}

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

// From a point to its place in the picture and its depth; null behind the viewer.
function projection(width, height) {
  const [a, e] = [viewer.azimuth, viewer.elevation].map((angle) => (angle * Math.PI) / 180);
  const right = [Math.cos(a), Math.sin(a), 0];
  const ahead = [-Math.sin(a) * Math.cos(e), Math.cos(a) * Math.cos(e), -Math.sin(e)];
  const down = [ahead[1] * right[2] - ahead[2] * right[1], ahead[2] * right[0] - ahead[0] * right[2],
    ahead[0] * right[1] - ahead[1] * right[0]];
  const distance = SPACE.distance / viewer.zoom;
  const focal = Math.min(width, height) / 2 / Math.tan(FIELD_OF_VIEW / 2);
  const [x0, y0] = [width / 2 + viewer.shift[0] * width, height / 2 + viewer.shift[1] * height];
  const place = (point) => {
    const from = point.map((value, i) => value - middle[i]);
    const depth = dot(ahead, from) + distance;
    if (depth < 0.05) return null;
    return [x0 + (focal * dot(right, from)) / depth, y0 + (focal * dot(down, from)) / depth, depth];
  };
  return Object.assign(place, { focal, right, down, ahead });
}

function stroke(pen, from, to, style, width) {
  if (!from || !to) return;
  pen.strokeStyle = style;
  pen.lineWidth = width;
  pen.beginPath(); pen.moveTo(from[0], from[1]); pen.lineTo(to[0], to[1]); pen.stroke();
}

function write(pen, text, x, y, style, align = "center") {
  pen.textAlign = align;
  pen.fillStyle = style;
  pen.fillText(text, x, y);
}

function drawFloor(pen, place, look) {
  const [xs, ys] = SPACE.ticks;
  const on = (x, y) => place([x, y, SPACE.floor]);
  const last = (list) => list[list.length - 1];
  xs.forEach((x, i) => stroke(pen, on(x, ys[0]), on(x, last(ys)),
    i % (xs.length - 1) ? look.grid : look.edge, 1));
  ys.forEach((y, i) => stroke(pen, on(xs[0], y), on(last(xs), y),
    i % (ys.length - 1) ? look.grid : look.edge, 1));
  if (!SPACE.numbered) return;
  // Numbers along the two edges that are nearest to the viewer.
  const y = place.ahead[1] > 0 ? ys[0] - 0.1 : last(ys) + 0.1;
  const x = place.ahead[0] > 0 ? xs[0] - 0.1 : last(xs) + 0.1;
  const label = (value, at) => at && write(pen, Number(value.toFixed(3)), at[0], at[1] + 4, look.text);
  xs.slice(1, -1).forEach((value) => label(value, on(value, y)));
  ys.slice(1, -1).forEach((value) => label(value, on(x, value)));
}

function drawCameras(pen, place, look) {
  const box = find("#cameras");
  if (!box || !box.checked) return;
  for (const camera of SPACE.cameras) {
    const corners = camera.points.map(place);
    for (const [a, b] of [[0, 1], [0, 2], [0, 3], [0, 4], [1, 2], [2, 3], [3, 4], [4, 1]]) {
      stroke(pen, corners[a], corners[b], look.camera, 1);
    }
    if (corners[0]) write(pen, camera.name, corners[0][0], corners[0][1] - 7, look.text);
  }
}

function drawAxes(pen, place, look, height) {
  const [x, y, length] = [58, height - 50, 30];
  [0, 1, 2].sort((a, b) => place.ahead[b] - place.ahead[a]).forEach((i) => {
    const way = [place.right[i], place.down[i]];
    if (Math.hypot(...way) < 0.15) return;  // it points at the viewer, or away
    const half = pen.measureText(SPACE.axes[i]).width / 2;
    stroke(pen, [x, y], [x + length * way[0], y + length * way[1]], look.axes[i], 2.5);
    const at = x + (length + 8 + half) * way[0];
    write(pen, SPACE.axes[i], Math.max(at, half + 4), y + (length + 12) * way[1] + 4, look.axes[i]);
  });
}

// Limbs and joints of one person, each with its depth, and the shadow at once.
function marksOf(pen, place, look, person, kind, row, colours) {
  const joints = data.joints.map((_, i) => jointInSpace(person, kind, row, i));
  const seen = joints.map((joint) => joint && place(joint));
  const below = joints.map((joint) => joint && place([joint[0], joint[1], SPACE.floor]));
  const size = joints.map(() => LIMB);
  const marks = [];
  for (const [a, b, side] of data.limbs) {
    if (!seen[a] || !seen[b]) continue;
    const length = Math.hypot(...joints[a].map((value, i) => value - joints[b][i]));
    const thick = Math.min(LIMB, LIMB_SHARE * length);
    const depth = (seen[a][2] + seen[b][2]) / 2;
    for (const joint of [a, b]) size[joint] = Math.min(size[joint], thick);
    stroke(pen, below[a], below[b], look.shadow, Math.max(1, (place.focal * LIMB) / depth));
    marks.push({ depth, from: seen[a], to: seen[b], width: (place.focal * thick) / depth,
      style: colours[side] });
  }
  seen.forEach((at, i) => {
    if (!at) return;
    const width = (2 * JOINT * place.focal * size[i]) / at[2];
    marks.push({ depth: at[2] - LIMB, from: at, width, style: colours[data.sides[i]] });
  });
  return marks;
}

function drawMark(pen, mark, look) {
  const width = Math.max(1.5, mark.width);
  for (const [style, wide] of [[look.outline, width + Math.max(1, 0.3 * width)],
    [mark.style, width]]) {
    if (mark.to) { stroke(pen, mark.from, mark.to, style, wide); continue; }
    pen.fillStyle = style;
    pen.beginPath(); pen.arc(mark.from[0], mark.from[1], wide / 2, 0, 2 * Math.PI); pen.fill();
  }
}

function drawTrails(pen, place, person, times, kind, row, colours) {
  const which = find("#trails").value;
  if (which === "none") return;
  let first = row;
  while (first > 0 && times[first - 1] >= now - TRAIL_SECONDS) first--;
  data.joints.forEach((name, joint) => {
    if (which === "ends" && !HANDS_AND_FEET.test(name)) return;
    let last = null;
    for (let at = first; at <= row; at++) {
      const point = jointInSpace(person, kind, at, joint);
      const next = point && place(point);
      pen.globalAlpha = 0.15 + (0.6 * (at - first)) / Math.max(row - first, 1);
      stroke(pen, last, next, colours[data.sides[joint]], 1.5);
      last = next;
    }
  });
  pen.globalAlpha = 1;
}

function labelInSpace(pen, place, person, kind, row, id, look) {
  let top = null;
  data.joints.forEach((_, i) => {
    const joint = jointInSpace(person, kind, row, i);
    if (joint && (!top || joint[2] > top[2])) top = joint;
  });
  const at = top && place([top[0], top[1], top[2] + 0.12]);
  if (at) write(pen, id, at[0], at[1], look.text);
}

function drawSpace() {
  const box = spaceCanvas.getBoundingClientRect();
  const density = Math.max(window.devicePixelRatio || 1, 1);
  const [width, height] = [Math.max(1, box.width), Math.max(1, box.height)];
  const size = [Math.round(width * density), Math.round(height * density)];
  if (spaceCanvas.width !== size[0] || spaceCanvas.height !== size[1]) {
    [spaceCanvas.width, spaceCanvas.height] = size;
  }
  const printed = "print" in document.documentElement.dataset;
  const look = printed ? PRINTED : SCREEN;
  const colours = printed ? Object.fromEntries(["left", "right", "middle"].map(
    (side) => [side, colour(`--${side}`)])) : data.colours;
  const pen = spaceCanvas.getContext("2d");
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.lineCap = "round";
  pen.font = "12px system-ui, sans-serif";
  const place = projection(width, height);
  drawFloor(pen, place, look);
  drawCameras(pen, place, look);
  const kind = find("#skeleton").value;
  const marks = [], labels = [];
  SPACE.people.forEach((person, i) => {
    const { times, step, id } = data.people[i];
    const row = times.length ? nearest(times, now) : -1;
    if (kind === "none" || row < 0 || Math.abs(times[row] - now) > step) return;
    marks.push(...marksOf(pen, place, look, person, kind, row, colours));
    drawTrails(pen, place, person, times, kind, row, colours);
    if (data.people.length > 1) labels.push([person, kind, row, id]);
  });
  marks.sort((a, b) => b.depth - a.depth).forEach((mark) => drawMark(pen, mark, look));
  pen.font = "600 14px system-ui, sans-serif";
  labels.forEach((label) => labelInSpace(pen, place, ...label, look));
  pen.font = "12px system-ui, sans-serif";
  drawAxes(pen, place, look, height);
  write(pen, `grid ${SPACE.step} m`, width - 12, height - 12, look.text, "right");
}

// --- turning it ---------------------------------------------------------------------------------

function turn(change) {
  viewer = { ...viewer, ...change };
  viewer.azimuth = ((viewer.azimuth % 360) + 360) % 360;
  viewer.elevation = Math.min(Math.max(viewer.elevation, -89), 89);
  viewer.zoom = Math.min(Math.max(viewer.zoom, 0.2), 12);
  drawSpace();
}

function setUpPointers() {
  const pointers = new Map();
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return { size: Math.hypot(a[0] - b[0], a[1] - b[1]), x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2 };
  };
  spaceCanvas.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    spaceCanvas.setPointerCapture(event.pointerId);
  });
  spaceCanvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const box = spaceCanvas.getBoundingClientRect();
    const two = pointers.size === 2 && spread();
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]];
    const moved = (x, y) => [viewer.shift[0] + x / box.width, viewer.shift[1] + y / box.height];
    if (two) {
      const after = spread();
      turn({ zoom: (viewer.zoom * after.size) / (two.size || 1),
        shift: moved(after.x - two.x, after.y - two.y) });
    } else if (event.shiftKey) turn({ shift: moved(dx, dy) });
    else turn({ azimuth: viewer.azimuth - 0.4 * dx, elevation: viewer.elevation + 0.4 * dy });
  });
  for (const end of ["pointerup", "pointercancel"]) {
    spaceCanvas.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
  // The wheel goes on scrolling the page until the view has been clicked.
  spaceCanvas.addEventListener("wheel", (event) => {
    if (document.activeElement !== spaceCanvas && !event.ctrlKey) return;
    event.preventDefault();
    turn({ zoom: viewer.zoom * Math.exp(-0.0015 * event.deltaY) });
  }, { passive: false });
}

function setUpKeys() {
  spaceCanvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { azimuth, elevation, zoom } = viewer;
    const keys = { ArrowLeft: { azimuth: azimuth + 5 }, ArrowRight: { azimuth: azimuth - 5 },
      ArrowUp: { elevation: elevation + 5 }, ArrowDown: { elevation: elevation - 5 },
      "+": { zoom: zoom * 1.15 }, "=": { zoom: zoom * 1.15 }, "-": { zoom: zoom / 1.15 },
      0: begin };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();  // on the rest of the page, arrows step through the frames
    turn(keys[event.key]);
  });
}

function setUpTurntable() {
  const box = find("#turn");
  let last = 0;
  const step = (stamp) => {
    if (!box.checked) return;
    turn({ azimuth: viewer.azimuth + (TURN_SPEED * (stamp - last)) / 1000 });
    last = stamp;
    requestAnimationFrame(step);
  };
  box.addEventListener("change", () => {
    last = performance.now();
    requestAnimationFrame(step);
  });
}

setUpPointers();
setUpKeys();
setUpTurntable();
find("#view").addEventListener("change", (event) => {
  const { azimuth, elevation } = SPACE.views[Number(event.target.value)];
  turn({ ...begin, azimuth, elevation });
});
for (const name of ["#trails", "#cameras", "#skeleton"]) {
  if (find(name)) find(name).addEventListener("change", drawSpace);
}
onTime(drawSpace);
window.addEventListener("resize", drawSpace);
window.addEventListener("beforeprint", drawSpace);
window.addEventListener("afterprint", drawSpace);
new ResizeObserver(drawSpace).observe(spaceCanvas);
drawSpace();
