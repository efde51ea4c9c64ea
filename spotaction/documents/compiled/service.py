"""Made from schemas/service.schema.json by tools/compile_schemas.py: `CHECKS` accept what it accepts."""

from spotaction.documents.compiled import MismatchError

import re
REGEX_PATTERNS = {'^[a-zA-Z_][0-9a-zA-Z_\\x24]{0,127}$|<\\+': re.compile('^[a-zA-Z_][0-9a-zA-Z_\\x24]{0,127}\\Z|<\\+'), '^(Git|Github|Git[Ll]ab|Bitbucket|AzureRepo)$': re.compile('^(Git|Github|Git[Ll]ab|Bitbucket|AzureRepo)\\Z')}
NoneType = type(None)
def validate(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['service']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if '$schema' in v3:
            v3.remove('$schema')
            v4 = v0['$schema']
            if not isinstance(v4, str):
                raise MismatchError
        if 'service' in v3:
            v3.remove('service')
            v5 = v0['service']
            validate____defs_service(v5)
        if v3:
            raise MismatchError
    return v0
def validate____defs_service(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['identifier', 'serviceDefinition']) - v0.keys()
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
        if 'serviceDefinition' in v3:
            v3.remove('serviceDefinition')
            v20 = v0['serviceDefinition']
            if not isinstance(v20, dict):
                raise MismatchError
            v21 = isinstance(v20, dict)
            if v21:
                v22 = set(['type', 'spec']) - v20.keys()
                if v22:
                    raise MismatchError
                v23 = set(v20.keys())
                if 'type' in v23:
                    v23.remove('type')
                    v24 = v20['type']
                    if not (isinstance(v24, str) and v24 == 'Elastigroup'):
                        raise MismatchError
                if 'spec' in v23:
                    v23.remove('spec')
                    v25 = v20['spec']
                    if not isinstance(v25, dict):
                        raise MismatchError
                    v26 = isinstance(v25, dict)
                    if v26:
                        v27 = set(['artifacts']) - v25.keys()
                        if v27:
                            raise MismatchError
                        v28 = set(v25.keys())
                        if 'artifacts' in v28:
                            v28.remove('artifacts')
                            v29 = v25['artifacts']
                            if not isinstance(v29, dict):
                                raise MismatchError
                            v30 = isinstance(v29, dict)
                            if v30:
                                v31 = set(['primary']) - v29.keys()
                                if v31:
                                    raise MismatchError
                                v32 = set(v29.keys())
                                if 'primary' in v32:
                                    v32.remove('primary')
                                    v33 = v29['primary']
                                    if not isinstance(v33, dict):
                                        raise MismatchError
                                    v34 = isinstance(v33, dict)
                                    if v34:
                                        v35 = set(['sources']) - v33.keys()
                                        if v35:
                                            raise MismatchError
                                        v36 = set(v33.keys())
                                        if 'primaryArtifactRef' in v36:
                                            v36.remove('primaryArtifactRef')
                                            v37 = v33['primaryArtifactRef']
                                            if not isinstance(v37, str):
                                                raise MismatchError
                                            if isinstance(v37, str):
                                                v38 = len(v37)
                                                if v38 < 1:
                                                    raise MismatchError
                                        if 'sources' in v36:
                                            v36.remove('sources')
                                            v39 = v33['sources']
                                            if not isinstance(v39, list):
                                                raise MismatchError
                                            v40 = isinstance(v39, list)
                                            if v40:
                                                v41 = len(v39)
                                                if v41 < 1:
                                                    raise MismatchError
                                                for v42, v43 in enumerate(v39):
                                                    validate____defs_source(v43)
                                        if v36:
                                            raise MismatchError
                                if 'sidecars' in v32:
                                    v32.remove('sidecars')
                                    v44 = v29['sidecars']
                                    if not isinstance(v44, (list, tuple, NoneType)):
                                        raise MismatchError
                                    v45 = isinstance(v44, list)
                                    if v45:
                                        v46 = len(v44)
                                        for v47, v48 in enumerate(v44):
                                            if not isinstance(v48, dict):
                                                raise MismatchError
                                if v32:
                                    raise MismatchError
                        if 'startupScript' in v28:
                            v28.remove('startupScript')
                            v49 = v25['startupScript']
                            if not isinstance(v49, (dict, NoneType)):
                                raise MismatchError
                            v50 = isinstance(v49, dict)
                            if v50:
                                v51 = set(['store']) - v49.keys()
                                if v51:
                                    raise MismatchError
                                v52 = set(v49.keys())
                                if 'store' in v52:
                                    v52.remove('store')
                                    v53 = v49['store']
                                    if not isinstance(v53, dict):
                                        raise MismatchError
                                    try:
                                        v54 = isinstance(v53, dict)
                                        if v54:
                                            v55 = set(['type']) - v53.keys()
                                            if v55:
                                                raise MismatchError
                                            v56 = set(v53.keys())
                                            if 'type' in v56:
                                                v56.remove('type')
                                                v57 = v53['type']
                                                if not (isinstance(v57, str) and v57 == 'Harness'):
                                                    raise MismatchError
                                    except MismatchError:
                                        pass
                                    else:
                                        v54 = isinstance(v53, dict)
                                        if v54:
                                            v56 = set(v53.keys())
                                            if 'spec' in v56:
                                                v56.remove('spec')
                                                v58 = v53['spec']
                                                v59 = isinstance(v58, dict)
                                                if v59:
                                                    v60 = set(['files']) - v58.keys()
                                                    if v60:
                                                        raise MismatchError
                                    try:
                                        v54 = isinstance(v53, dict)
                                        if v54:
                                            v55 = set(['type']) - v53.keys()
                                            if v55:
                                                raise MismatchError
                                            v56 = set(v53.keys())
                                            if 'type' in v56:
                                                v56.remove('type')
                                                v57 = v53['type']
                                                if not (isinstance(v57, str) and v57 == 'Inline'):
                                                    raise MismatchError
                                    except MismatchError:
                                        pass
                                    else:
                                        v54 = isinstance(v53, dict)
                                        if v54:
                                            v56 = set(v53.keys())
                                            if 'spec' in v56:
                                                v56.remove('spec')
                                                v58 = v53['spec']
                                                v59 = isinstance(v58, dict)
                                                if v59:
                                                    v60 = set(['content']) - v58.keys()
                                                    if v60:
                                                        raise MismatchError
                                    try:
                                        v54 = isinstance(v53, dict)
                                        if v54:
                                            v55 = set(['type']) - v53.keys()
                                            if v55:
                                                raise MismatchError
                                            v56 = set(v53.keys())
                                            if 'type' in v56:
                                                v56.remove('type')
                                                v57 = v53['type']
                                                if isinstance(v57, str):
                                                    if not REGEX_PATTERNS['^(Git|Github|Git[Ll]ab|Bitbucket|AzureRepo)$'].search(v57):
                                                        raise MismatchError
                                    except MismatchError:
                                        pass
                                    else:
                                        v54 = isinstance(v53, dict)
                                        if v54:
                                            v56 = set(v53.keys())
                                            if 'spec' in v56:
                                                v56.remove('spec')
                                                v58 = v53['spec']
                                                v59 = isinstance(v58, dict)
                                                if v59:
                                                    v60 = set(['paths']) - v58.keys()
                                                    if v60:
                                                        raise MismatchError
                                    v54 = isinstance(v53, dict)
                                    if v54:
                                        v55 = set(['type', 'spec']) - v53.keys()
                                        if v55:
                                            raise MismatchError
                                        v56 = set(v53.keys())
                                        if 'type' in v56:
                                            v56.remove('type')
                                            v57 = v53['type']
                                            if not (isinstance(v57, str) and v57 == 'Harness' or (isinstance(v57, str) and v57 == 'Inline') or (isinstance(v57, str) and v57 == 'Git') or (isinstance(v57, str) and v57 == 'Github') or (isinstance(v57, str) and v57 == 'GitLab') or (isinstance(v57, str) and v57 == 'Gitlab') or (isinstance(v57, str) and v57 == 'Bitbucket') or (isinstance(v57, str) and v57 == 'AzureRepo')):
                                                raise MismatchError
                                        if 'spec' in v56:
                                            v56.remove('spec')
                                            v58 = v53['spec']
                                            if not isinstance(v58, dict):
                                                raise MismatchError
                                            v59 = isinstance(v58, dict)
                                            if v59:
                                                v61 = set(v58.keys())
                                                if 'files' in v61:
                                                    v61.remove('files')
                                                    v62 = v58['files']
                                                    if not isinstance(v62, list):
                                                        raise MismatchError
                                                    v63 = isinstance(v62, list)
                                                    if v63:
                                                        v64 = len(v62)
                                                        if v64 < 1:
                                                            raise MismatchError
                                                        for v65, v66 in enumerate(v62):
                                                            if not isinstance(v66, str):
                                                                raise MismatchError
                                                            if isinstance(v66, str):
                                                                v67 = len(v66)
                                                                if v67 < 1:
                                                                    raise MismatchError
                                                if 'secretFiles' in v61:
                                                    v61.remove('secretFiles')
                                                    v68 = v58['secretFiles']
                                                    if not isinstance(v68, (list, tuple, NoneType)):
                                                        raise MismatchError
                                                    v69 = isinstance(v68, list)
                                                    if v69:
                                                        v70 = len(v68)
                                                        for v71, v72 in enumerate(v68):
                                                            if not isinstance(v72, str):
                                                                raise MismatchError
                                                if 'content' in v61:
                                                    v61.remove('content')
                                                    v73 = v58['content']
                                                    if not isinstance(v73, str):
                                                        raise MismatchError
                                                if 'connectorRef' in v61:
                                                    v61.remove('connectorRef')
                                                    v74 = v58['connectorRef']
                                                    if not isinstance(v74, (str, NoneType)):
                                                        raise MismatchError
                                                if 'gitFetchType' in v61:
                                                    v61.remove('gitFetchType')
                                                    v75 = v58['gitFetchType']
                                                    if not (isinstance(v75, str) and v75 == 'Branch' or (isinstance(v75, str) and v75 == 'Commit')):
                                                        raise MismatchError
                                                if 'branch' in v61:
                                                    v61.remove('branch')
                                                    v76 = v58['branch']
                                                    if not isinstance(v76, (str, NoneType)):
                                                        raise MismatchError
                                                if 'commitId' in v61:
                                                    v61.remove('commitId')
                                                    v77 = v58['commitId']
                                                    if not isinstance(v77, (str, NoneType)):
                                                        raise MismatchError
                                                if 'repoName' in v61:
                                                    v61.remove('repoName')
                                                    v78 = v58['repoName']
                                                    if not isinstance(v78, (str, NoneType)):
                                                        raise MismatchError
                                                if 'paths' in v61:
                                                    v61.remove('paths')
                                                    v79 = v58['paths']
                                                    if not isinstance(v79, list):
                                                        raise MismatchError
                                                    v80 = isinstance(v79, list)
                                                    if v80:
                                                        v81 = len(v79)
                                                        if v81 < 1:
                                                            raise MismatchError
                                                        for v82, v83 in enumerate(v79):
                                                            if not isinstance(v83, str):
                                                                raise MismatchError
                                                            if isinstance(v83, str):
                                                                v84 = len(v83)
                                                                if v84 < 1:
                                                                    raise MismatchError
                                                if v61:
                                                    raise MismatchError
                                        if v56:
                                            raise MismatchError
                                if v52:
                                    raise MismatchError
                        if 'variables' in v28:
                            v28.remove('variables')
                            v85 = v25['variables']
                            if not isinstance(v85, (list, tuple, NoneType)):
                                raise MismatchError
                            v86 = isinstance(v85, list)
                            if v86:
                                v87 = len(v85)
                                for v88, v89 in enumerate(v85):
                                    validate____defs_variable(v89)
                        if 'configFiles' in v28:
                            v28.remove('configFiles')
                            v90 = v25['configFiles']
                            if not isinstance(v90, (list, tuple, NoneType)):
                                raise MismatchError
                            v91 = isinstance(v90, list)
                            if v91:
                                v92 = len(v90)
                                for v93, v94 in enumerate(v90):
                                    if not isinstance(v94, dict):
                                        raise MismatchError
                        if 'manifests' in v28:
                            v28.remove('manifests')
                            v95 = v25['manifests']
                            if not isinstance(v95, (list, tuple, NoneType)):
                                raise MismatchError
                            v96 = isinstance(v95, list)
                            if v96:
                                v97 = len(v95)
                                for v98, v99 in enumerate(v95):
                                    if not isinstance(v99, dict):
                                        raise MismatchError
                        if 'manifestConfigurations' in v28:
                            v28.remove('manifestConfigurations')
                            v100 = v25['manifestConfigurations']
                            if not isinstance(v100, (dict, NoneType)):
                                raise MismatchError
                        if 'hooks' in v28:
                            v28.remove('hooks')
                            v101 = v25['hooks']
                            if not isinstance(v101, (list, tuple, NoneType)):
                                raise MismatchError
                            v102 = isinstance(v101, list)
                            if v102:
                                v103 = len(v101)
                                for v104, v105 in enumerate(v101):
                                    if not isinstance(v105, dict):
                                        raise MismatchError
                        if 'release' in v28:
                            v28.remove('release')
                            v106 = v25['release']
                            if not isinstance(v106, (dict, NoneType)):
                                raise MismatchError
                        if 'deploymentMetadata' in v28:
                            v28.remove('deploymentMetadata')
                            v107 = v25['deploymentMetadata']
                            if not isinstance(v107, (dict, NoneType)):
                                raise MismatchError
                        if v28:
                            raise MismatchError
                if v23:
                    raise MismatchError
        if 'gitOpsEnabled' in v3:
            v3.remove('gitOpsEnabled')
            v108 = v0['gitOpsEnabled']
            if not isinstance(v108, (bool, NoneType)):
                raise MismatchError
        if 'useFromStage' in v3:
            v3.remove('useFromStage')
            v109 = v0['useFromStage']
            if not isinstance(v109, (dict, str, NoneType)):
                raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_variable(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['name']) - v0.keys()
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
        if 'type' in v3:
            v3.remove('type')
            v6 = v0['type']
            if not (isinstance(v6, str) and v6 == 'String' or (isinstance(v6, str) and v6 == 'Number') or (isinstance(v6, str) and v6 == 'Secret')):
                raise MismatchError
        if 'value' in v3:
            v3.remove('value')
            v7 = v0['value']
            if not isinstance(v7, (str, int, float, bool, NoneType)):
                raise MismatchError
        if 'default' in v3:
            v3.remove('default')
            v8 = v0['default']
            if not isinstance(v8, (str, int, float, bool, NoneType)):
                raise MismatchError
        if 'description' in v3:
            v3.remove('description')
            v9 = v0['description']
            if not isinstance(v9, (str, NoneType)):
                raise MismatchError
        if 'required' in v3:
            v3.remove('required')
            v10 = v0['required']
            if not isinstance(v10, (bool, NoneType)):
                raise MismatchError
        if 'readOnly' in v3:
            v3.remove('readOnly')
            v11 = v0['readOnly']
            if not isinstance(v11, (bool, NoneType)):
                raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_source(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['identifier', 'type', 'spec']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'identifier' in v3:
            v3.remove('identifier')
            v4 = v0['identifier']
            if not isinstance(v4, str):
                raise MismatchError
            if isinstance(v4, str):
                v5 = len(v4)
                if v5 < 1:
                    raise MismatchError
                if not REGEX_PATTERNS['^[a-zA-Z_][0-9a-zA-Z_\\x24]{0,127}$|<\\+'].search(v4):
                    raise MismatchError
        if 'name' in v3:
            v3.remove('name')
            v6 = v0['name']
            if not isinstance(v6, (str, NoneType)):
                raise MismatchError
        if 'type' in v3:
            v3.remove('type')
            v7 = v0['type']
            if not (isinstance(v7, str) and v7 == 'AmazonMachineImage'):
                raise MismatchError
        if 'spec' in v3:
            v3.remove('spec')
            v8 = v0['spec']
            if not isinstance(v8, dict):
                raise MismatchError
            v9 = 0
            if v9 < 2:
                try:
                    v10 = isinstance(v8, dict)
                    if v10:
                        v11 = set(['version']) - v8.keys()
                        if v11:
                            raise MismatchError
                    v9 += 1
                except MismatchError:
                    pass
            if v9 < 2:
                try:
                    v10 = isinstance(v8, dict)
                    if v10:
                        v11 = set(['versionRegex']) - v8.keys()
                        if v11:
                            raise MismatchError
                    v9 += 1
                except MismatchError:
                    pass
            if v9 != 1:
                raise MismatchError
            v10 = isinstance(v8, dict)
            if v10:
                v11 = set(['connectorRef', 'region']) - v8.keys()
                if v11:
                    raise MismatchError
                v12 = set(v8.keys())
                if 'connectorRef' in v12:
                    v12.remove('connectorRef')
                    v13 = v8['connectorRef']
                    if not isinstance(v13, str):
                        raise MismatchError
                    if isinstance(v13, str):
                        v14 = len(v13)
                        if v14 < 1:
                            raise MismatchError
                if 'region' in v12:
                    v12.remove('region')
                    v15 = v8['region']
                    if not isinstance(v15, str):
                        raise MismatchError
                    if isinstance(v15, str):
                        v16 = len(v15)
                        if v16 < 1:
                            raise MismatchError
                if 'tags' in v12:
                    v12.remove('tags')
                    v17 = v8['tags']
                    if not isinstance(v17, (list, tuple, NoneType)):
                        raise MismatchError
                    v18 = isinstance(v17, list)
                    if v18:
                        v19 = len(v17)
                        for v20, v21 in enumerate(v17):
                            if not isinstance(v21, dict):
                                raise MismatchError
                            v22 = isinstance(v21, dict)
                            if v22:
                                v23 = set(['name', 'value']) - v21.keys()
                                if v23:
                                    raise MismatchError
                                v24 = set(v21.keys())
                                if 'name' in v24:
                                    v24.remove('name')
                                    v25 = v21['name']
                                    if not isinstance(v25, str):
                                        raise MismatchError
                                    if isinstance(v25, str):
                                        v26 = len(v25)
                                        if v26 < 1:
                                            raise MismatchError
                                if 'value' in v24:
                                    v24.remove('value')
                                    v27 = v21['value']
                                    if not isinstance(v27, (str, int, float, bool)):
                                        raise MismatchError
                                if v24:
                                    raise MismatchError
                if 'filters' in v12:
                    v12.remove('filters')
                    v28 = v8['filters']
                    if not isinstance(v28, (list, tuple, NoneType)):
                        raise MismatchError
                    v29 = isinstance(v28, list)
                    if v29:
                        v30 = len(v28)
                        for v31, v32 in enumerate(v28):
                            if not isinstance(v32, dict):
                                raise MismatchError
                            v33 = isinstance(v32, dict)
                            if v33:
                                v34 = set(['name', 'value']) - v32.keys()
                                if v34:
                                    raise MismatchError
                                v35 = set(v32.keys())
                                if 'name' in v35:
                                    v35.remove('name')
                                    v36 = v32['name']
                                    if not isinstance(v36, str):
                                        raise MismatchError
                                    if isinstance(v36, str):
                                        v37 = len(v36)
                                        if v37 < 1:
                                            raise MismatchError
                                if 'value' in v35:
                                    v35.remove('value')
                                    v38 = v32['value']
                                    if not isinstance(v38, (str, int, float, bool)):
                                        raise MismatchError
                                if v35:
                                    raise MismatchError
                if 'version' in v12:
                    v12.remove('version')
                    v39 = v8['version']
                    if not isinstance(v39, (str, int, float)) or isinstance(v39, bool):
                        raise MismatchError
                    if isinstance(v39, str):
                        v40 = len(v39)
                        if v40 < 1:
                            raise MismatchError
                if 'versionRegex' in v12:
                    v12.remove('versionRegex')
                    v41 = v8['versionRegex']
                    if not isinstance(v41, (str, int, float)) or isinstance(v41, bool):
                        raise MismatchError
                    if isinstance(v41, str):
                        v42 = len(v41)
                        if v42 < 1:
                            raise MismatchError
                if 'digest' in v12:
                    v12.remove('digest')
                    v43 = v8['digest']
                    if not isinstance(v43, (str, NoneType)):
                        raise MismatchError
                if v12:
                    raise MismatchError
        if v3:
            raise MismatchError
    return v0
CHECKS = {'': validate, 'service': validate____defs_service, 'source': validate____defs_source, 'variable': validate____defs_variable}
