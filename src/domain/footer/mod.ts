/**
 * Footers (add_footer, 2.2): a text at the end of mail whose sender is of certain domains.
 *
 * It goes to the end of a plain text, and in a message of several parts to the end of the text it
 * begins with. Mail that is signed or encrypted, and text in base64, stay as they are; a text that
 * ends with the footer already does not get it twice.
 *
 * @module
 */
export { footerFor, type FooterRule } from "./footer_rule.ts";
export { withFooter } from "./with_footer.ts";
