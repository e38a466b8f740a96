"""Reading and writing of nodes and scenes: what `slicer.app.coreIOManager()` does."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import Any

import slicer

from .file_formats import FORMATS, FileFormat, format_of, written_type


class CoreIOManager:
    """The part of qSlicerCoreIOManager that `slicer.util` and modules call."""

    def fileType(self, path: str) -> str:
        """Slicer's name of the type of a file, `NoFile` when the ending is unknown."""
        found = format_of(str(path))
        return found.file_type if found else "NoFile"

    def fileWriterFileType(self, node: Any) -> str:
        """Slicer's name of the type as which a node is written."""
        return written_type(node)

    def registeredFileReaderCount(self, fileType: str) -> int:
        """How many endings can be read as this type."""
        return sum(f.file_type == fileType for f in FORMATS)

    def loadNodes(
        self, fileType: str, properties: dict, loadedNodes: Any = None, userMessages: Any = None
    ) -> bool:
        """Read `properties["fileName"]`, add its nodes to `loadedNodes` (a vtkCollection)."""
        path = str(properties["fileName"])
        if not Path(path).exists():
            return False
        if fileType == "SceneFile":
            return self._load_scene(path, properties.get("clear", True))
        found = format_of(path, fileType)
        node = self._load_node(found, path, properties) if found else None
        if node is None:
            return False
        if loadedNodes is not None:
            loadedNodes.AddItem(node)
        return True

    def saveNodes(self, fileType: str, properties: dict, userMessages: Any = None) -> bool:
        """Write the scene, or the node `properties["nodeID"]`, to `properties["fileName"]`."""
        path = str(properties["fileName"])
        if fileType == "SceneFile":
            return self._save_scene(path)
        node = slicer.mrmlScene.GetNodeByID(properties["nodeID"])
        if node.GetStorageNode() is None:
            node.AddDefaultStorageNode(path)
        storage = node.GetStorageNode()
        storage.SetFileName(path)
        if "useCompression" in properties:
            storage.SetUseCompression(bool(properties["useCompression"]))
        return bool(storage.WriteData(node))

    def _load_node(self, found: FileFormat, path: str, properties: dict) -> Any:
        name = properties.get("name") or Path(path).name[: -len(found.ending)]
        name = slicer.mrmlScene.GenerateUniqueName(name or Path(path).name)
        if found.file_type == "VolumeFile":
            options = 1 if properties.get("labelmap") else 0
            return slicer.modules.volumes.logic().AddArchetypeVolume(path, name, options)
        if found.file_type == "MarkupsFile":
            node_id = slicer.modules.markups.logic().LoadMarkups(path, name)
            return slicer.mrmlScene.GetNodeByID(node_id) if node_id else None
        if found.file_type == "SegmentationFile":
            logic = slicer.modules.segmentations.logic()
            return logic.LoadSegmentationFromFile(path, True, name)
        return self._read_by_storage_node(found, path, name)

    def _read_by_storage_node(self, found: FileFormat, path: str, name: str) -> Any:
        scene = slicer.mrmlScene
        node = scene.AddNewNodeByClass(found.node_class, name)
        storage = scene.AddNewNodeByClass(found.storage_class)
        storage.SetFileName(path)
        if not storage.ReadData(node):
            scene.RemoveNode(storage)
            scene.RemoveNode(node)
            return None
        node.SetAndObserveStorageNodeID(storage.GetID())
        if node.IsA("vtkMRMLDisplayableNode"):
            node.CreateDefaultDisplayNodes()
        return node

    def _load_scene(self, path: str, clear: bool) -> bool:
        scene = slicer.mrmlScene
        if clear:
            scene.Clear(0)
        if path.endswith(".mrb"):
            path = self._unpacked(path)
        scene.SetURL(path)
        return bool(scene.Import(None))

    def _unpacked(self, path: str) -> str:
        folder = Path(tempfile.mkdtemp(dir=slicer.app.temporaryPath))
        with zipfile.ZipFile(path) as bundle:
            bundle.extractall(folder)
        return str(next(folder.rglob("*.mrml")))

    def _save_scene(self, path: str) -> bool:
        scene = slicer.mrmlScene
        scene.SetURL(path)
        scene.SetRootDirectory(str(Path(path).parent))
        if path.endswith(".mrb"):
            return bool(scene.WriteToMRB(path))
        return bool(scene.Commit())
