// The structure of a tagged PDF: which marks on paper are a heading, a table, a paragraph. Readers for
// people who don't see the page follow it. Elements may go on over several pages, marked content may not.

export type ElementType = "Sect" | "H1" | "H2" | "H3" | "P" | "Figure" | "Table" | "TR" | "TH" | "TD";

export type ElementOptions = { alt?: string; scope?: "Row" | "Column" };

/** Whether each cell of a table is an element, or a whole block one paragraph: elements cost time and room. */
export type Detail = "cells" | "blocks";

type Leaf = { type: ElementType; element: PDFKit.PDFStructureElement };

export class Tags {
  private readonly open: PDFKit.PDFStructureElement[];
  private leafOpen: Leaf | null = null;
  private isArtifact = false;
  /** For each block of a document without tagged cells whether it began the element that is being filled. */
  private readonly blocks: boolean[] = [];

  /** Starts the structure tree of a document with its root. */
  constructor(
    private readonly document: PDFKit.PDFDocument,
    private readonly detail: Detail,
  ) {
    const root = document.struct("Document");
    document.addStructure(root);
    this.open = [root];
  }

  private child(type: ElementType | "Link", options: ElementOptions = {}): PDFKit.PDFStructureElement {
    const element = this.document.struct(type, options);
    this.open.at(-1)?.add(element);
    return element;
  }

  /** Starts a section: an element that holds what comes until `endSection`. */
  startSection(): void {
    this.open.push(this.child("Sect"));
  }

  endSection(): void {
    this.open.pop()?.end();
  }

  /** An element whose content is what `draw` puts on paper. Within another one or an artifact it only draws. */
  leaf(type: ElementType, draw: () => void, options?: ElementOptions): void {
    if (this.leafOpen !== null || this.isArtifact) {
      draw();
      return;
    }
    this.startLeaf(type, options);
    draw();
    this.endLeaf();
  }

  /** Starts a block of many parts, such as a table: an element that holds them, or one that is filled by them. */
  startBlock(type: "Sect" | "Table"): void {
    if (this.detail === "cells") {
      this.open.push(this.child(type));
      return;
    }
    const isOutermost = this.leafOpen === null;
    this.blocks.push(isOutermost);
    if (isOutermost) this.startLeaf("P");
  }

  /** Ends the block that was started last. */
  endBlock(): void {
    if (this.detail === "cells") this.open.pop()?.end();
    else if (this.blocks.pop() === true) this.endLeaf();
  }

  /** A row of a table, within its block. */
  row(draw: () => void): void {
    if (this.detail === "blocks" || this.isArtifact) {
      draw();
      return;
    }
    this.open.push(this.child("TR"));
    draw();
    this.open.pop()?.end();
  }

  /** What `draw` puts on paper is not part of the text: it repeats what was said, or decorates. */
  artifact(draw: () => void): void {
    this.document.addContent("/Artifact <</Type /Pagination>> BDC");
    this.isArtifact = true;
    draw();
    this.isArtifact = false;
    this.document.addContent("EMC");
  }

  /** Stops the element that is being filled, if any, on this page; calling the result goes on with it. */
  interrupt(): () => void {
    const interrupted = this.leafOpen;
    if (interrupted === null) return () => {};
    this.document.endMarkedContent();
    this.leafOpen = null;
    return () => {
      this.leafOpen = interrupted;
      interrupted.element.add(this.document.markStructureContent(interrupted.type));
    };
  }

  /** Adds a link annotation, made by `annotate` with the element it belongs to, if it has one. */
  link(annotate: (element: PDFKit.PDFStructureElement | undefined) => void): void {
    if (this.detail === "blocks") {
      annotate(undefined);
      return;
    }
    const element = this.child("Link");
    annotate(element);
    element.end();
  }

  /** Closes everything, the root last. */
  end(): void {
    while (this.open.length > 0) this.open.pop()?.end();
  }

  private startLeaf(type: ElementType, options?: ElementOptions): void {
    const element = this.child(type, options);
    this.leafOpen = { type, element };
    element.add(this.document.markStructureContent(type));
  }

  private endLeaf(): void {
    this.document.endMarkedContent();
    this.leafOpen?.element.end();
    this.leafOpen = null;
  }
}
