/** The product's version, as the greeting, `dmail --version` and the page show it. */
export const VERSION = "0.1.0";
