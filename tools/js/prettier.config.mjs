/**
 * Prettier for JavaScript (Odoo's own settings), styles and XML. Whitespace
 * inside XML text is part of what users read, so it is left as it is.
 */
import { fileURLToPath } from "node:url";

export default {
    plugins: [fileURLToPath(import.meta.resolve("@prettier/plugin-xml"))],
    printWidth: 100,
    tabWidth: 4,
    xmlSelfClosingSpace: true,
    xmlWhitespaceSensitivity: "preserve",
};
