// Decoded pictures as colours, to the last bit as the package makes them: browsers draw them on a canvas otherwise, by a level or
// two, and with smoother edges between colours. Source: libswscale of FFmpeg, yuv2rgb.c and x86/yuv_2_rgb.asm.

/** @typedef {import("./pillow.js").Picture} Picture */

/** Shares of V in red, U in blue, U and V in green, in 65536ths, for each matrix. Source: ff_yuv2rgb_coeffs. */
const MATRICES = /** @type {Record<string, [number, number, number, number]>} */ ({
  bt709: [117489, 138438, -13975, -34925],
  bt470bg: [104597, 132201, -25675, -53279],
  smpte170m: [104597, 132201, -25675, -53279],
});

/** Lines from which on a video without a tag is HD; see aiducation.media.video_pictures. */
const HD_LINES = 720;

/** @param {number} value */
const in8192ths = (value) => Math.floor((value * 8192 + 32768) / 65536);

/**
 * What half levels count in a colour, for each of the 256 levels of a plane.
 * @param {number} offset in eighths of a level
 * @param {number} factor
 */
const table = (offset, factor) =>
  Int16Array.from({ length: 256 }, (_none, level) => ((level * 8 - offset) * factor) >> 16);

/**
 * The pixels of a picture; null where the package does more than this: other formats, odd sides, pixels that are not square,
 * turned pictures, wide colours.
 * @param {VideoFrame} frame
 * @returns {Promise<Picture | null>}
 */
export async function decoded(frame) {
  const { visibleRect, colorSpace, format } = frame;
  if (!visibleRect || (format !== "I420" && format !== "NV12")) return null;
  const { width, height } = visibleRect;
  const matrix = MATRICES[colorSpace.matrix ?? (height < HD_LINES ? "smpte170m" : "bt709")];
  const plain =
    !["pq", "hlg"].includes(colorSpace.transfer ?? "") && !["bt2020", "smpte432"].includes(colorSpace.primaries ?? "");
  const turned = /** @type {{ rotation?: number, flip?: boolean }} */ (/** @type {unknown} */ (frame));
  const square = frame.displayWidth === width && frame.displayHeight === height;
  if (!matrix || !plain || turned.rotation || turned.flip || !square || width % 2 || height % 2) return null;
  const planes = new Uint8Array(frame.allocationSize());
  const places = await frame.copyTo(planes);
  const shares = colorSpace.fullRange ? matrix.map((one) => Math.trunc((one * 224) / 255)) : matrix;
  const luma = colorSpace.fullRange
    ? table(0, in8192ths(65536))
    : table(128, in8192ths(Math.floor((65536 * 255) / 219)));
  const [red, blue, greenU, greenV] = shares.map((one) => table(1024, in8192ths(one)));
  const data = new Uint8ClampedArray(width * height * 4);
  const [u, v] =
    format === "I420" ? [places[1], places[2]] : [places[1], { ...places[1], offset: places[1].offset + 1 }];
  const apart = format === "I420" ? 1 : 2;
  for (let y = 0, to = 0; y < height; y += 1) {
    let at = places[0].offset + y * places[0].stride;
    let atU = u.offset + (y >> 1) * u.stride,
      atV = v.offset + (y >> 1) * v.stride;
    for (let x = 0; x < width; x += 2, atU += apart, atV += apart) {
      const r = red[planes[atV]],
        g = greenU[planes[atU]] + greenV[planes[atV]],
        b = blue[planes[atU]];
      for (let k = 0; k < 2; k += 1, at += 1, to += 4) {
        const level = luma[planes[at]];
        data[to] = level + r;
        data[to + 1] = level + g;
        data[to + 2] = level + b;
      }
    }
  }
  return { width, height, step: 4, data };
}
