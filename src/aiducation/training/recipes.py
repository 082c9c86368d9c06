"""The recipes by name: their options, and the recipe that carries the options out.

A new recipe is one file with a frozen dataclass and a ``Recipe``, and one entry here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiducation.errors import ConfigError, unknown_name
from aiducation.training.camera_recipe import CameraConfig, CameraRecipe
from aiducation.training.config import TrainConfig
from aiducation.training.flagship import FlagshipConfig
from aiducation.training.flagship_recipe import FlagshipRecipe
from aiducation.training.recipe import Config, PublishedRecipe, Recipe


@dataclass(frozen=True)
class Entry:
    """A recipe: its options, a frozen dataclass whose fields all have defaults, and what carries them out."""

    config: type[Any]
    recipe: Callable[[Any], Recipe]


#: What a run that names no recipe was trained by.
PUBLISHED = "published"

#: Every recipe by the name that ``train --recipe`` takes and that a run keeps as "recipe" among its options.
RECIPES: dict[str, Entry] = {
    PUBLISHED: Entry(TrainConfig, PublishedRecipe),
    "camera": Entry(CameraConfig, CameraRecipe),  # before the flagship, whose options its own are, too
    "flagship": Entry(FlagshipConfig, FlagshipRecipe),
}


def recipe_of(config: Config) -> Recipe:
    """What carries these options out."""
    for entry in RECIPES.values():
        if isinstance(config, entry.config):
            return entry.recipe(config)
    raise ConfigError(f"No recipe has options of the type {type(config).__name__}.")


def default_config(name: str) -> Config:
    """The options of a recipe as they are used unless told otherwise.

    Raises:
        ConfigError: there is no such recipe; suggests the nearest.
    """
    if name not in RECIPES:
        raise unknown_name("recipe", name, RECIPES)
    config: Config = RECIPES[name].config()
    return config


def read_config(value: dict[str, Any]) -> Config:
    """The options that a run was trained with, from their JSON values; those of older runs name no recipe.

    Raises:
        ConfigError: an option is missing, unknown, of another type or outside its range.
    """
    name = value.get("recipe", PUBLISHED)
    if not isinstance(name, str) or name not in RECIPES:
        raise unknown_name("recipe", str(name)[:50], RECIPES)
    config: Config = RECIPES[name].config.from_json(value)
    return config
