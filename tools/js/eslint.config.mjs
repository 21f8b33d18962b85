/**
 * ESLint for the addons' JavaScript: Odoo's ES modules, whose imports the
 * asset bundler resolves and ESLint does not.
 */
import js from "@eslint/js";
import globals from "globals";

export default [
    js.configs.recommended,
    {
        files: ["**/*.js"],
        languageOptions: {
            ecmaVersion: 2022,
            sourceType: "module",
            globals: { ...globals.browser, luxon: "readonly", odoo: "readonly" },
        },
        rules: {
            curly: ["error", "all"],
            eqeqeq: ["error", "smart"],
            "no-console": "error",
            "no-restricted-globals": ["error", "event", "self"],
            "no-unused-vars": ["error", { args: "none", caughtErrors: "none" }],
            "no-var": "error",
            "object-shorthand": ["error", "always"],
            "prefer-const": ["error", { destructuring: "all" }],
        },
    },
];
