/** Arithmetic of the tiles: how many columns, how large each, how many pages. Pixels of the page. Pure. */

export interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly tile: Box;
}

/** What cameras send; a tile keeps it. */
export const RATIO = 16 / 9;
export const GAP = 6;
/** The strip of small tiles beside or below a large one. */
const STRIP_SHARE = 0.24;
const STRIP_MIN: Box = { width: 112, height: 63 };
const STRIP_MAX: Box = { width: 280, height: 158 };

function fitted(width: number, height: number): Box {
  const tall = Math.min(height, width / RATIO);
  return { width: Math.max(0, Math.floor(tall * RATIO)), height: Math.max(0, Math.floor(tall)) };
}

/** The columns and rows in which `count` tiles of one shape come out largest. */
export function gridOf(count: number, box: Box): Grid {
  let best: Grid = { columns: 1, rows: 1, tile: { width: 0, height: 0 } };
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(Math.max(1, count) / columns);
    const tile = fitted(
      (box.width - GAP * (columns - 1)) / columns,
      (box.height - GAP * (rows - 1)) / rows,
    );
    if (tile.height > best.tile.height) best = { columns, rows, tile };
  }
  return best;
}

export interface Staged {
  readonly main: Box;
  readonly small: Box;
  /** Where the small ones stand. */
  readonly strip: "right" | "below";
  /** How many small ones fit without scrolling. */
  readonly cells: number;
  readonly columns: number;
}

/** One large tile with a strip of small ones, on the side that leaves the large one larger. */
export function stageOf(box: Box, wanted: number): Staged {
  if (wanted === 0) {
    return { main: fitted(box.width, box.height), small: STRIP_MIN, strip: "right", cells: 0, columns: 1 };
  }
  const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));
  const tall = Math.round(clamp(box.height * STRIP_SHARE, STRIP_MIN.height, STRIP_MAX.height));
  const wide = Math.round(clamp(box.width * STRIP_SHARE, STRIP_MIN.width, STRIP_MAX.width));
  const below = fitted(box.width, box.height - tall - GAP);
  const right = fitted(box.width - wide - GAP, box.height);
  if (right.height >= below.height) {
    const small = { width: wide, height: Math.round(wide / RATIO) };
    return { main: right, small, strip: "right", ...filling(small, { width: box.width - right.width - GAP, height: box.height }) };
  }
  // Three beside each other at least, if they are not too small for that.
  const height = Math.max(STRIP_MIN.height, Math.min(tall, Math.floor((box.width - 2 * GAP) / 3 / RATIO)));
  const small = { width: Math.round(height * RATIO), height };
  return { main: below, small, strip: "below", ...filling(small, { width: box.width, height: box.height - below.height - GAP }) };
}

/** How many small tiles go into what the large one leaves. */
function filling(small: Box, space: Box): Pick<Staged, "columns" | "cells"> {
  const columns = Math.max(1, Math.floor((space.width + GAP) / (small.width + GAP)));
  const rows = Math.max(1, Math.floor((space.height + GAP) / (small.height + GAP)));
  return { columns, cells: columns * rows };
}

export interface Pages<T> {
  readonly items: readonly T[];
  readonly page: number;
  readonly pages: number;
}

/** One page of a list; a page that is no longer there becomes the last. */
export function pageOf<T>(all: readonly T[], size: number, page: number): Pages<T> {
  const pages = Math.max(1, Math.ceil(all.length / Math.max(1, size)));
  const at = Math.max(0, Math.min(page, pages - 1));
  return { items: all.slice(at * size, (at + 1) * size), page: at, pages };
}
