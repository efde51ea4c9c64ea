"""Made from schemas/infrastructure.schema.json by tools/compile_schemas.py: `CHECKS` accept what it accepts."""

from spotaction.documents.compiled import MismatchError

import re
REGEX_PATTERNS = {'^[a-zA-Z_][0-9a-zA-Z_\\x24]{0,127}$|<\\+': re.compile('^[a-zA-Z_][0-9a-zA-Z_\\x24]{0,127}\\Z|<\\+'), '^(Git|Github|Git[Ll]ab|Bitbucket|AzureRepo)$': re.compile('^(Git|Github|Git[Ll]ab|Bitbucket|AzureRepo)\\Z')}
NoneType = type(None)
def validate(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['infrastructureDefinition']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if '$schema' in v3:
            v3.remove('$schema')
            v4 = v0['$schema']
            if not isinstance(v4, str):
                raise MismatchError
        if 'infrastructureDefinition' in v3:
            v3.remove('infrastructureDefinition')
            v5 = v0['infrastructureDefinition']
            validate____defs_infrastructure(v5)
        if v3:
            raise MismatchError
    return v0
def validate____defs_infrastructure(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['identifier', 'environmentRef', 'spec']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'name' in v3:
            v3.remove('name')
            v4 = v0['name']
            if not isinstance(v4, str):
                raise MismatchError
            if isinstance(v4, str):
                v5 = len(v4)
                if v5 < 1:
                    raise MismatchError
        if 'identifier' in v3:
            v3.remove('identifier')
            v6 = v0['identifier']
            if not isinstance(v6, str):
                raise MismatchError
            if isinstance(v6, str):
                v7 = len(v6)
                if v7 < 1:
                    raise MismatchError
                if not REGEX_PATTERNS['^[a-zA-Z_][0-9a-zA-Z_\\x24]{0,127}$|<\\+'].search(v6):
                    raise MismatchError
        if 'description' in v3:
            v3.remove('description')
            v8 = v0['description']
            if not isinstance(v8, (str, NoneType)):
                raise MismatchError
        if 'tags' in v3:
            v3.remove('tags')
            v9 = v0['tags']
            if not isinstance(v9, (dict, NoneType)):
                raise MismatchError
            v10 = isinstance(v9, dict)
            if v10:
                v11 = set(v9.keys())
                for v12 in v11:
                    if v12 not in []:
                        v13 = v9.get(v12)
                        if not isinstance(v13, (str, int, float, bool, NoneType)):
                            raise MismatchError
        if 'orgIdentifier' in v3:
            v3.remove('orgIdentifier')
            v14 = v0['orgIdentifier']
            if not isinstance(v14, (str, NoneType)):
                raise MismatchError
        if 'projectIdentifier' in v3:
            v3.remove('projectIdentifier')
            v15 = v0['projectIdentifier']
            if not isinstance(v15, (str, NoneType)):
                raise MismatchError
        if 'accountIdentifier' in v3:
            v3.remove('accountIdentifier')
            v16 = v0['accountIdentifier']
            if not isinstance(v16, (str, NoneType)):
                raise MismatchError
        if 'storeType' in v3:
            v3.remove('storeType')
            v17 = v0['storeType']
            if not isinstance(v17, (str, NoneType)):
                raise MismatchError
        if 'connectorRef' in v3:
            v3.remove('connectorRef')
            v18 = v0['connectorRef']
            if not isinstance(v18, (str, NoneType)):
                raise MismatchError
        if 'yaml' in v3:
            v3.remove('yaml')
            v19 = v0['yaml']
            if not isinstance(v19, (str, NoneType)):
                raise MismatchError
        if 'environmentRef' in v3:
            v3.remove('environmentRef')
            v20 = v0['environmentRef']
            if not isinstance(v20, str):
                raise MismatchError
            if isinstance(v20, str):
                v21 = len(v20)
                if v21 < 1:
                    raise MismatchError
        if 'deploymentType' in v3:
            v3.remove('deploymentType')
            v22 = v0['deploymentType']
            if not (isinstance(v22, str) and v22 == 'Elastigroup'):
                raise MismatchError
        if 'type' in v3:
            v3.remove('type')
            v23 = v0['type']
            if not (isinstance(v23, str) and v23 == 'Elastigroup'):
                raise MismatchError
        if 'spec' in v3:
            v3.remove('spec')
            v24 = v0['spec']
            if not isinstance(v24, dict):
                raise MismatchError
            v25 = isinstance(v24, dict)
            if v25:
                v26 = set(['connectorRef', 'configuration']) - v24.keys()
                if v26:
                    raise MismatchError
                v27 = set(v24.keys())
                if 'connectorRef' in v27:
                    v27.remove('connectorRef')
                    v28 = v24['connectorRef']
                    if not isinstance(v28, str):
                        raise MismatchError
                    if isinstance(v28, str):
                        v29 = len(v28)
                        if v29 < 1:
                            raise MismatchError
                if 'configuration' in v27:
                    v27.remove('configuration')
                    v30 = v24['configuration']
                    if not isinstance(v30, dict):
                        raise MismatchError
                    v31 = isinstance(v30, dict)
                    if v31:
                        v32 = set(['store']) - v30.keys()
                        if v32:
                            raise MismatchError
                        v33 = set(v30.keys())
                        if 'store' in v33:
                            v33.remove('store')
                            v34 = v30['store']
                            if not isinstance(v34, dict):
                                raise MismatchError
                            try:
                                v35 = isinstance(v34, dict)
                                if v35:
                                    v36 = set(['type']) - v34.keys()
                                    if v36:
                                        raise MismatchError
                                    v37 = set(v34.keys())
                                    if 'type' in v37:
                                        v37.remove('type')
                                        v38 = v34['type']
                                        if not (isinstance(v38, str) and v38 == 'Harness'):
                                            raise MismatchError
                            except MismatchError:
                                pass
                            else:
                                v35 = isinstance(v34, dict)
                                if v35:
                                    v37 = set(v34.keys())
                                    if 'spec' in v37:
                                        v37.remove('spec')
                                        v39 = v34['spec']
                                        v40 = isinstance(v39, dict)
                                        if v40:
                                            v41 = set(['files']) - v39.keys()
                                            if v41:
                                                raise MismatchError
                            try:
                                v35 = isinstance(v34, dict)
                                if v35:
                                    v36 = set(['type']) - v34.keys()
                                    if v36:
                                        raise MismatchError
                                    v37 = set(v34.keys())
                                    if 'type' in v37:
                                        v37.remove('type')
                                        v38 = v34['type']
                                        if not (isinstance(v38, str) and v38 == 'Inline'):
                                            raise MismatchError
                            except MismatchError:
                                pass
                            else:
                                v35 = isinstance(v34, dict)
                                if v35:
                                    v37 = set(v34.keys())
                                    if 'spec' in v37:
                                        v37.remove('spec')
                                        v39 = v34['spec']
                                        v40 = isinstance(v39, dict)
                                        if v40:
                                            v41 = set(['content']) - v39.keys()
                                            if v41:
                                                raise MismatchError
                            try:
                                v35 = isinstance(v34, dict)
                                if v35:
                                    v36 = set(['type']) - v34.keys()
                                    if v36:
                                        raise MismatchError
                                    v37 = set(v34.keys())
                                    if 'type' in v37:
                                        v37.remove('type')
                                        v38 = v34['type']
                                        if isinstance(v38, str):
                                            if not REGEX_PATTERNS['^(Git|Github|Git[Ll]ab|Bitbucket|AzureRepo)$'].search(v38):
                                                raise MismatchError
                            except MismatchError:
                                pass
                            else:
                                v35 = isinstance(v34, dict)
                                if v35:
                                    v37 = set(v34.keys())
                                    if 'spec' in v37:
                                        v37.remove('spec')
                                        v39 = v34['spec']
                                        v40 = isinstance(v39, dict)
                                        if v40:
                                            v41 = set(['paths']) - v39.keys()
                                            if v41:
                                                raise MismatchError
                            v35 = isinstance(v34, dict)
                            if v35:
                                v36 = set(['type', 'spec']) - v34.keys()
                                if v36:
                                    raise MismatchError
                                v37 = set(v34.keys())
                                if 'type' in v37:
                                    v37.remove('type')
                                    v38 = v34['type']
                                    if not (isinstance(v38, str) and v38 == 'Harness' or (isinstance(v38, str) and v38 == 'Inline') or (isinstance(v38, str) and v38 == 'Git') or (isinstance(v38, str) and v38 == 'Github') or (isinstance(v38, str) and v38 == 'GitLab') or (isinstance(v38, str) and v38 == 'Gitlab') or (isinstance(v38, str) and v38 == 'Bitbucket') or (isinstance(v38, str) and v38 == 'AzureRepo')):
                                        raise MismatchError
                                if 'spec' in v37:
                                    v37.remove('spec')
                                    v39 = v34['spec']
                                    if not isinstance(v39, dict):
                                        raise MismatchError
                                    v40 = isinstance(v39, dict)
                                    if v40:
                                        v42 = set(v39.keys())
                                        if 'files' in v42:
                                            v42.remove('files')
                                            v43 = v39['files']
                                            if not isinstance(v43, list):
                                                raise MismatchError
                                            v44 = isinstance(v43, list)
                                            if v44:
                                                v45 = len(v43)
                                                if v45 < 1:
                                                    raise MismatchError
                                                for v46, v47 in enumerate(v43):
                                                    if not isinstance(v47, str):
                                                        raise MismatchError
                                                    if isinstance(v47, str):
                                                        v48 = len(v47)
                                                        if v48 < 1:
                                                            raise MismatchError
                                        if 'secretFiles' in v42:
                                            v42.remove('secretFiles')
                                            v49 = v39['secretFiles']
                                            if not isinstance(v49, (list, tuple, NoneType)):
                                                raise MismatchError
                                            v50 = isinstance(v49, list)
                                            if v50:
                                                v51 = len(v49)
                                                for v52, v53 in enumerate(v49):
                                                    if not isinstance(v53, str):
                                                        raise MismatchError
                                        if 'content' in v42:
                                            v42.remove('content')
                                            v54 = v39['content']
                                            if not isinstance(v54, str):
                                                raise MismatchError
                                        if 'connectorRef' in v42:
                                            v42.remove('connectorRef')
                                            v55 = v39['connectorRef']
                                            if not isinstance(v55, (str, NoneType)):
                                                raise MismatchError
                                        if 'gitFetchType' in v42:
                                            v42.remove('gitFetchType')
                                            v56 = v39['gitFetchType']
                                            if not (isinstance(v56, str) and v56 == 'Branch' or (isinstance(v56, str) and v56 == 'Commit')):
                                                raise MismatchError
                                        if 'branch' in v42:
                                            v42.remove('branch')
                                            v57 = v39['branch']
                                            if not isinstance(v57, (str, NoneType)):
                                                raise MismatchError
                                        if 'commitId' in v42:
                                            v42.remove('commitId')
                                            v58 = v39['commitId']
                                            if not isinstance(v58, (str, NoneType)):
                                                raise MismatchError
                                        if 'repoName' in v42:
                                            v42.remove('repoName')
                                            v59 = v39['repoName']
                                            if not isinstance(v59, (str, NoneType)):
                                                raise MismatchError
                                        if 'paths' in v42:
                                            v42.remove('paths')
                                            v60 = v39['paths']
                                            if not isinstance(v60, list):
                                                raise MismatchError
                                            v61 = isinstance(v60, list)
                                            if v61:
                                                v62 = len(v60)
                                                if v62 < 1:
                                                    raise MismatchError
                                                for v63, v64 in enumerate(v60):
                                                    if not isinstance(v64, str):
                                                        raise MismatchError
                                                    if isinstance(v64, str):
                                                        v65 = len(v64)
                                                        if v65 < 1:
                                                            raise MismatchError
                                        if v42:
                                            raise MismatchError
                                if v37:
                                    raise MismatchError
                        if v33:
                            raise MismatchError
                if 'provisioner' in v27:
                    v27.remove('provisioner')
                    v66 = v24['provisioner']
                    if not isinstance(v66, (str, NoneType)):
                        raise MismatchError
                if 'delegateSelectors' in v27:
                    v27.remove('delegateSelectors')
                    v67 = v24['delegateSelectors']
                    if not isinstance(v67, (list, tuple, NoneType)):
                        raise MismatchError
                    v68 = isinstance(v67, list)
                    if v68:
                        v69 = len(v67)
                        for v70, v71 in enumerate(v67):
                            if not isinstance(v71, str):
                                raise MismatchError
                if v27:
                    raise MismatchError
        if 'allowSimultaneousDeployments' in v3:
            v3.remove('allowSimultaneousDeployments')
            v72 = v0['allowSimultaneousDeployments']
            if not isinstance(v72, (bool, NoneType)):
                raise MismatchError
        if 'scopedServices' in v3:
            v3.remove('scopedServices')
            v73 = v0['scopedServices']
            if not isinstance(v73, (list, tuple, NoneType)):
                raise MismatchError
            v74 = isinstance(v73, list)
            if v74:
                v75 = len(v73)
                for v76, v77 in enumerate(v73):
                    if not isinstance(v77, str):
                        raise MismatchError
        if 'variables' in v3:
            v3.remove('variables')
            v78 = v0['variables']
            if not isinstance(v78, (list, tuple, NoneType)):
                raise MismatchError
            v79 = isinstance(v78, list)
            if v79:
                v80 = len(v78)
                for v81, v82 in enumerate(v78):
                    if not isinstance(v82, dict):
                        raise MismatchError
        if 'provisioner' in v3:
            v3.remove('provisioner')
            v83 = v0['provisioner']
            if not isinstance(v83, (str, NoneType)):
                raise MismatchError
        if v3:
            raise MismatchError
    return v0
CHECKS = {'': validate, 'infrastructure': validate____defs_infrastructure}
