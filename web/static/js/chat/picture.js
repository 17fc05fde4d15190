// Images travel as binary attachments, never as base64 text. They come from
// strangers: only types that cannot carry script are shown, whatever the
// sender calls them.

/** What fits into one message: the server's default limit is 1 MB for all of it. */
export const maxBytes = 700_000;

const types = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

/** For <input accept>. */
export const accepted = types.join(",");

/** @param {number} bytes */
export function sizeText(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * What is wrong with the file, "" if nothing is.
 *
 * @param {File} file
 * @returns {"" | "type" | "size"}
 */
export function check(file) {
  if (!types.includes(file.type)) return "type";
  return file.size > maxBytes ? "size" : "";
}

/**
 * Reads a received {name, type, bytes}. Returns null when it is not an image
 * that may be shown.
 *
 * @param {any} image
 * @returns {import("./conversations.js").Picture | null}
 */
export function received(image) {
  const { name, type, bytes } = image ?? {};
  if (!types.includes(type) || !(bytes instanceof ArrayBuffer)) return null;
  return { name: String(name ?? "image").slice(0, 100), type, url: URL.createObjectURL(new Blob([bytes], { type })) };
}

/**
 * A smaller copy of an image that is too large, by halving its sides until it
 * fits. Throws when the browser cannot read it.
 *
 * @param {File} file
 * @returns {Promise<File>}
 */
export async function smaller(file) {
  const image = await createImageBitmap(file);
  try {
    let scale = Math.min(1, 1600 / Math.max(image.width, image.height));
    for (; scale > 0.02; scale /= 1.5) {
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(image.width * scale));
      canvas.height = Math.max(1, Math.round(image.height * scale));
      canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
      /** @type {Blob | null} */
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/webp", 0.82));
      if (blob && blob.size <= maxBytes) {
        // A browser without a WebP encoder answers with PNG: keep its word.
        const extension = blob.type.split("/")[1];
        return new File([blob], `${file.name.replace(/\.[^.]*$/, "")}.${extension}`, { type: blob.type });
      }
    }
    throw new Error("still too large");
  } finally {
    image.close();
  }
}
