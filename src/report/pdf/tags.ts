// The structure of a tagged PDF: which marks on paper are a heading, a table, a paragraph. Readers for
// people who don't see the page follow it. Elements may go on over several pages, marked content may not.

export type ElementType = "Sect" | "H1" | "H2" | "H3" | "P" | "Figure" | "Table" | "TR" | "TH" | "TD";

export type ElementOptions = { alt?: string; scope?: "Row" | "Column" };

export type Tags = ReturnType<typeof tagsOf>;

/** Starts the structure tree of a document with its root. */
export function tagsOf(document: PDFKit.PDFDocument) {
  const root = document.struct("Document");
  document.addStructure(root);
  const open = [root];
  let leaf: { type: ElementType; element: PDFKit.PDFStructureElement } | null = null;
  let isArtifact = false;

  function child(type: ElementType | "Link", options: ElementOptions = {}): PDFKit.PDFStructureElement {
    const element = document.struct(type, options);
    open.at(-1)?.add(element);
    return element;
  }

  return {
    /** Opens an element that holds others, within the one that is open. */
    open(type: ElementType, options?: ElementOptions): void {
      open.push(child(type, options));
    },

    /** Closes the element that was opened last. */
    close(): void {
      open.pop()?.end();
    },

    /** Opens an element whose content is what is put on paper from now on. */
    startLeaf(type: ElementType, options?: ElementOptions): void {
      const element = child(type, options);
      leaf = { type, element };
      element.add(document.markStructureContent(type));
    },

    /** Closes the element that is being filled. */
    endLeaf(): void {
      document.endMarkedContent();
      leaf?.element.end();
      leaf = null;
    },

    /** An element whose content is what `draw` puts on paper. Within another one or an artifact it only draws. */
    leaf(type: ElementType, draw: () => void, options?: ElementOptions): void {
      if (leaf !== null || isArtifact) {
        draw();
        return;
      }
      this.startLeaf(type, options);
      draw();
      this.endLeaf();
    },

    /** What `draw` puts on paper is not part of the text: it repeats what was said, or decorates. */
    artifact(draw: () => void, properties = ""): void {
      document.addContent(properties === "" ? "/Artifact BMC" : `/Artifact <<${properties}>> BDC`);
      isArtifact = true;
      draw();
      isArtifact = false;
      document.addContent("EMC");
    },

    /** Stops the element that is being filled, if any, on this page; calling the result goes on with it. */
    interrupt(): () => void {
      const interrupted = leaf;
      if (interrupted === null) return () => {};
      document.endMarkedContent();
      leaf = null;
      return () => {
        leaf = interrupted;
        interrupted.element.add(document.markStructureContent(interrupted.type));
      };
    },

    /** Adds a link annotation, made by `annotate` with the element it belongs to. */
    link(annotate: (element: PDFKit.PDFStructureElement) => void): void {
      const element = child("Link");
      annotate(element);
      element.end();
    },

    /** Closes everything, the root last. */
    end(): void {
      while (open.length > 0) open.pop()?.end();
    },
  };
}
